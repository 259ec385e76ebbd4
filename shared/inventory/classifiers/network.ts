import { nobody, ownCna, type Product } from './product.ts';

/** Name servers, mail and file transfer. */
export const network: readonly Product[] = [
  {
    id: 'bind',
    cpe: 'isc:bind',
    judge: ownCna,
    classifiers: [
      {
        names: ['named', 'libdns.so', 'libisc.so', 'dig'],
        marks: [
          { anchor: 'libisc-9.', expression: /^libisc-(?<version>9\.\d{1,2}\.\d{1,3})[-.]/ },
          { anchor: 'libdns-9.', expression: /^libdns-(?<version>9\.\d{1,2}\.\d{1,3})[-.]/ },
          { anchor: 'BIND 9.', expression: /^BIND (?<version>9\.\d{1,2}\.\d{1,3})/ },
        ],
      },
    ],
  },
  {
    id: 'unbound',
    cpe: 'nlnetlabs:unbound',
    judge: ownCna,
    classifiers: [
      {
        names: ['unbound', 'libunbound.so', 'unbound-host', 'unbound-anchor'],
        marks: [
          { anchor: 'unbound 1.', expression: /^unbound (?<version>1\.\d{1,2}\.\d{1,2})[\s\0]/ },
          { anchor: 'pluggable-event1.', expression: /^pluggable-event(?<version>1\.\d{1,2}\.\d{1,2})\0/ },
        ],
      },
    ],
  },
  {
    id: 'nsd',
    cpe: 'nlnetlabs:name_server_daemon',
    judge: ownCna,
    classifiers: [
      { names: ['nsd'], marks: [{ anchor: 'NSD 4.', expression: /^NSD (?<version>4\.\d{1,2}\.\d{1,2})[\s\0]/ }] },
    ],
  },
  {
    id: 'dnsmasq',
    cpe: 'thekelleys:dnsmasq',
    judge: nobody,
    classifiers: [
      {
        names: ['dnsmasq'],
        marks: [
          { anchor: 'dnsmasq-', expression: /^dnsmasq-(?<version>2\.\d{2,3}(?:(?:rc|test)\d{1,2})?)\0/ },
          { anchor: 'dnsmasq-%s', before: 24, expression: /\0(?<version>2\.\d{2,3})\0/ },
        ],
      },
    ],
  },
  {
    id: 'exim',
    cpe: 'exim:exim',
    judge: nobody,
    classifiers: [
      {
        names: ['exim'],
        marks: [
          {
            anchor: '<<eximversion>>',
            before: 24,
            expression: /\0(?<version>4\.\d{2,3}(?:\.\d{1,2})?)\0+<<eximversion>>/,
          },
        ],
      },
    ],
  },
  {
    id: 'postfix',
    cpe: 'postfix:postfix',
    judge: nobody,
    classifiers: [
      {
        names: ['postfix', 'master', 'libpostfix-global.so', 'smtpd', 'postconf'],
        marks: [{ anchor: 'mail_version', expression: /^mail_version(?:=|\0+)(?<version>[23]\.\d{1,2}\.\d{1,2})\0/ }],
      },
    ],
  },
  {
    id: 'dovecot',
    cpe: 'dovecot:dovecot',
    judge: nobody,
    classifiers: [
      {
        names: ['dovecot'],
        marks: [{ anchor: 'Dovecot v', expression: /^Dovecot v(?<version>2\.\d\.\d{1,2}(?:\.\d{1,2})?)/ }],
      },
    ],
  },
  {
    id: 'proftpd',
    cpe: 'proftpd:proftpd',
    judge: nobody,
    classifiers: [
      {
        names: ['proftpd'],
        marks: [{ anchor: 'ProFTPD Version 1.', expression: /Version (?<version>1\.\d\.\d{1,2}[a-z]?(?:rc\d)?)\0/ }],
      },
    ],
  },
  {
    id: 'vsftpd',
    cpe: 'vsftpd_project:vsftpd',
    judge: nobody,
    classifiers: [
      { names: ['vsftpd'], marks: [{ anchor: 'vsftpd: version ', expression: /version (?<version>\d\.\d\.\d)/ }] },
    ],
  },
  {
    id: 'curl',
    cpe: 'haxx:curl',
    judge: { by: 'project', ecosystem: 'curl' },
    classifiers: [
      {
        names: ['curl', 'libcurl.so', 'libcurl-gnutls.so', 'libcurl-nss.so'],
        marks: [
          { anchor: 'libcurl/', expression: /^libcurl\/(?<version>[78]\.\d{1,3}\.\d{1,2})\0/ },
          { anchor: 'CLIENT libcurl ', expression: /libcurl (?<version>[78]\.\d{1,3}\.\d{1,2})[\s\0]/ },
          { anchor: 'curl/', before: 1, expression: /\0curl\/(?<version>[78]\.\d{1,3}\.\d{1,2})\0/ },
          { anchor: 'curl ', expression: /^curl (?<version>[78]\.\d{1,3}\.\d{1,2}) \(/ },
        ],
      },
    ],
  },
  {
    id: 'wget',
    cpe: 'gnu:wget',
    judge: nobody,
    classifiers: [
      {
        names: ['wget'],
        marks: [
          { anchor: 'Wget/1.', expression: /^Wget\/(?<version>1\.\d{1,2}(?:\.\d{1,2})?)[\s\0]/ },
          { anchor: '1.', before: 1, needsProof: true, expression: /^\0(?<version>1\.\d{2}(?:\.\d{1,2})?)\0/ },
        ],
        proofs: ['GNU Wget %s'],
      },
    ],
  },
  {
    id: 'rsync',
    cpe: 'samba:rsync',
    judge: nobody,
    classifiers: [
      {
        names: ['rsync'],
        marks: [
          { anchor: 'rsync  version ', expression: /version (?<version>3\.\d{1,2}\.\d{1,2}) / },
          { anchor: '3.', before: 1, needsProof: true, expression: /^\0(?<version>3\.\d{1,2}\.\d{1,2})\0/ },
        ],
        proofs: ['rsyncd.conf'],
      },
    ],
  },
];
