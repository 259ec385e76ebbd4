import { nobody, ownCna, type Product } from './product.ts';

/** Cryptography: TLS libraries, key tools, secure shells. */
export const tls: readonly Product[] = [
  {
    id: 'openssl',
    cpe: 'openssl:openssl',
    judge: ownCna,
    parts: {
      home: /^(.*?)libcrypto(?:-[0-9a-f]{8})?\.so[\w.]*$/,
      inside: [/^libssl(?:-[0-9a-f]{8})?\.so[\w.]*$/, /^(?:engines-[\d.]+|ossl-modules)\/\w+\.so$/],
    },
    classifiers: [
      {
        names: ['openssl', 'libcrypto.so', 'libssl.so'],
        marks: [
          {
            anchor: 'OpenSSL ',
            expression:
              /^OpenSSL (?<version>(?:0\.9\.\d|1\.\d\.\d|[3-9]\.\d{1,2}\.\d{1,2})[a-z]{0,2}(?:-(?:alpha|beta|pre)\d{1,2})?(?:-fips)?) {1,2}\d{1,2} [A-Z][a-z]{2} \d{4}/,
          },
        ],
      },
    ],
  },
  {
    id: 'libressl',
    cpe: 'openbsd:libressl',
    judge: nobody,
    classifiers: [
      {
        names: ['openssl', 'libcrypto.so', 'libssl.so', 'libtls.so'],
        marks: [{ anchor: 'LibreSSL ', expression: /^LibreSSL (?<version>\d\.\d{1,2}\.\d{1,2})\0/ }],
      },
    ],
  },
  {
    id: 'aws-lc',
    cpe: 'amazon:aws-lc',
    judge: ownCna,
    classifiers: [
      {
        names: ['openssl', 'libcrypto.so', 'libssl.so', 'bssl'],
        marks: [{ anchor: 'AWS-LC ', expression: /^AWS-LC (?:FIPS )?(?<version>\d\.\d{1,3}\.\d{1,3})/ }],
      },
    ],
  },
  {
    id: 'boringssl',
    cpe: 'google:boringssl',
    judge: nobody,
    classifiers: [
      {
        names: ['openssl', 'libcrypto.so', 'libssl.so', 'libboringssl.so', 'bssl'],
        // it has no releases: who builds it takes a commit
        marks: [],
        proofs: ['\0BoringSSL\0', 'compatible; BoringSSL)'],
      },
    ],
  },
  {
    id: 'gnutls',
    cpe: 'gnu:gnutls',
    judge: nobody,
    classifiers: [
      {
        names: ['libgnutls.so'],
        marks: [
          { anchor: 'gnutls_version', before: 24, expression: /\0(?<version>3\.\d{1,2}\.\d{1,2})\0/ },
          { anchor: 'Enabled GnuTLS ', expression: /^Enabled GnuTLS (?<version>3\.\d{1,2}\.\d{1,2})/ },
          { anchor: 'GnuTLS ', expression: /^GnuTLS (?<version>3\.\d{1,2}\.\d{1,2})/ },
        ],
      },
    ],
  },
  {
    id: 'mbedtls',
    cpe: 'arm:mbed_tls',
    judge: nobody,
    classifiers: [
      {
        names: ['libmbedcrypto.so', 'libmbedtls.so'],
        marks: [{ anchor: 'bed TLS ', before: 1, expression: /[mM]bed TLS (?<version>\d\.\d{1,2}\.\d{1,2})\0/ }],
        // compilers of x86-64 may put its version into code
        proofs: ['mbedtls_version_get_string_full'],
      },
    ],
  },
  {
    id: 'libgcrypt',
    cpe: 'gnupg:libgcrypt',
    judge: nobody,
    classifiers: [
      {
        names: ['libgcrypt.so'],
        marks: [{ anchor: 'This is Libgcrypt ', expression: /Libgcrypt (?<version>1\.\d{1,2}\.\d{1,2})/ }],
      },
    ],
  },
  {
    id: 'gnupg',
    cpe: 'gnupg:gnupg',
    judge: nobody,
    classifiers: [
      {
        names: ['gpg', 'gpgv', 'gpg-agent', 'gpgsm', 'dirmngr'],
        marks: [
          {
            anchor: "GNU Privacy Guard's",
            expression: /^GNU Privacy Guard's [\w ]{1,30} (?<version>\d\.\d{1,2}\.\d{1,2}) ready/,
          },
          {
            anchor: 'Copyright (C) 20',
            before: 24,
            expression: /\0(?<version>[12]\.\d{1,2}\.\d{1,2})\0+Copyright \(C\) 20\d\d (?:g10 Code|Free Software)/,
          },
          { anchor: 'GNU/Linux', before: 24, expression: /\0(?<version>[12]\.\d{1,2}\.\d{1,2})\0+GNU\/Linux/ },
        ],
      },
    ],
  },
  {
    id: 'openssh',
    cpe: 'openbsd:openssh',
    judge: nobody,
    classifiers: [
      {
        names: [
          'sshd',
          'ssh',
          'sshd-session',
          'sshd-auth',
          'ssh-keygen',
          'ssh-agent',
          'ssh-add',
          'sftp',
          'scp',
          'sftp-server',
        ],
        marks: [
          { anchor: 'OpenSSH_', before: 1, expression: /(?:^|\0)OpenSSH_(?<version>\d{1,2}\.\d{1,2}p\d)[\s\0,]/ },
        ],
      },
    ],
  },
  {
    id: 'dropbear',
    cpe: 'dropbear_ssh_project:dropbear_ssh',
    judge: nobody,
    classifiers: [
      {
        names: ['dropbear', 'dropbearmulti', 'dbclient'],
        marks: [
          { anchor: 'SSH-2.0-dropbear_', expression: /dropbear_(?<version>(?:20\d\d\.\d{1,3}|0\.\d{1,2}))/ },
          { anchor: 'Dropbear v', expression: /^Dropbear v(?<version>(?:20\d\d\.\d{1,3}|0\.\d{1,2}))/ },
        ],
      },
    ],
  },
  {
    id: 'libssh',
    cpe: 'libssh:libssh',
    judge: nobody,
    classifiers: [
      {
        names: ['libssh.so'],
        marks: [{ anchor: 'SSH-2.0-libssh_', expression: /libssh_(?<version>0\.\d{1,2}\.\d{1,2})\0/ }],
      },
    ],
  },
  {
    id: 'libssh2',
    cpe: 'libssh2:libssh2',
    judge: nobody,
    classifiers: [
      {
        names: ['libssh.so'],
        marks: [{ anchor: 'SSH-2.0-libssh2_', expression: /libssh2_(?<version>1\.\d{1,2}\.\d{1,2})/ }],
      },
    ],
  },
  {
    id: 'krb5',
    cpe: 'mit:kerberos_5',
    judge: nobody,
    classifiers: [
      {
        names: ['libkrb.so'],
        marks: [{ anchor: 'KRB5_BRAND: krb5-', expression: /krb5-(?<version>1\.\d{1,2}(?:\.\d{1,2})?)(?:-final)? / }],
      },
    ],
  },
  {
    id: 'heimdal',
    cpe: 'heimdal_project:heimdal',
    judge: nobody,
    classifiers: [
      {
        names: ['libkrb.so', 'kdc'],
        marks: [{ anchor: '$Version: Heimdal ', expression: /Heimdal (?<version>\d\.\d{1,2}\.\d{1,2})/ }],
      },
    ],
  },
  {
    id: 'openvpn',
    cpe: 'openvpn:openvpn',
    judge: ownCna,
    classifiers: [
      {
        names: ['openvpn'],
        marks: [{ anchor: 'OpenVPN 2.', expression: /^OpenVPN (?<version>2\.\d\.\d{1,2}) \w{3,12}-/ }],
      },
    ],
  },
  {
    id: 'stunnel',
    cpe: 'stunnel:stunnel',
    judge: nobody,
    classifiers: [
      { names: ['stunnel'], marks: [{ anchor: 'stunnel 5.', expression: /^stunnel (?<version>5\.\d{1,2}) on / }] },
    ],
  },
];
