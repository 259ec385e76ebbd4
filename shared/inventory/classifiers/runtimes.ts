import { bitnami, nobody, ownCna, type Product } from './product.ts';

/** Compilers and the run times of compiled languages. */
export const runtimes: readonly Product[] = [
  {
    id: 'java',
    cpe: 'oracle:openjdk',
    judge: bitnami('java'),
    parts: {
      home: /^(.*?)(?:jre\/)?lib\/(?:\w+\/)?(?:server|client|minimal)\/libjvm\.so$/,
      inside: [/^(?:jre\/)?(?:bin|lib)\/[\w/.-]+$/],
    },
    classifiers: [
      {
        names: ['libjvm.so'],
        marks: [
          {
            anchor: ') for linux-',
            expression:
              /^\) for linux-[\w-]{2,20} JRE \((?:[\w. +-]{1,30}\()?(?<version>(?:9|[1-9]\d)(?:\.\d{1,3}){0,3})(?:[-+][\w.+-]{1,40})?\)/,
          },
          // Java 8 and older: 1.8.0_352-b08, which advisories write 8.0.352
          {
            anchor: ') for linux-',
            expression: /^\) for linux-[\w-]{2,20} JRE \(1\.(?<major>[5-8])\.0_(?<update>\d{1,3})/,
            form: '$<major>.0.$<update>',
          },
        ],
        proofs: ['OpenJDK 64-Bit Server VM'],
      },
      {
        // the launcher's own constants, one after the other: program, class file version, full version
        names: ['java'],
        marks: [
          {
            anchor: 'java\0',
            expression: /^java\0+1\.\d\0+1\.(?<major>[5-8])\.0_(?<update>\d{1,3})/,
            form: '$<major>.0.$<update>',
          },
          {
            anchor: 'java\0',
            expression: /^java\0+0\.0\0+(?<version>\d{1,2}(?:\.\d{1,3}){0,3})(?:[-+][\w.+-]{1,40})?\0/,
          },
          {
            anchor: 'openjdk\0',
            before: 80,
            expression: /[^\d.]0\.0\0+(?<version>\d{1,2}(?:\.\d{1,3}){0,3})(?:[-+][\w.+-]{1,30})?\0+openjdk\0+java\0/,
          },
        ],
      },
    ],
  },
  {
    id: 'dotnet',
    cpe: 'microsoft:.net',
    judge: bitnami('dotnet'),
    classifiers: [
      {
        names: ['libcoreclr.so', 'libclrjit.so', 'libSystem.Native.so'],
        marks: [
          // 8.0.1024.46610 is patch 10, built in 2024; the first release of a line has only the year
          {
            anchor: '@(#)Version ',
            expression: /^@\(#\)Version (?<major>\d{1,2})\.(?<minor>\d)\.(?<patch>\d{1,2})\d\d\.\d{1,6} @Commit/,
            form: '$<major>.$<minor>.$<patch>',
          },
          {
            anchor: '@(#)Version ',
            expression: /^@\(#\)Version (?<major>\d{1,2})\.(?<minor>\d)\.\d\d\.\d{1,6} @Commit/,
            form: '$<major>.$<minor>.0',
          },
        ],
      },
    ],
  },
  {
    id: 'erlang',
    cpe: 'erlang:erlang/otp',
    judge: ownCna,
    parts: {
      home: /^(.*?)erts-[\d.]+\/bin\/beam\.smp$/,
      inside: [/^erts-[\d.]+\/bin\/\w+$/, /^lib\/\w+-[\d.]+\/priv\/[\w/.]+$/],
    },
    classifiers: [
      {
        names: ['beam.smp', 'beam', 'erlexec', 'liberts_internal.a'],
        marks: [
          {
            anchor: 'Erlang/OTP ',
            before: 40,
            expression: /\0(?<version>\d{2}(?:\.\d{1,2}){1,3})\0+Erlang\/OTP \d\d%s/,
          },
          { anchor: '[kernel-poll:%s]', expression: /^\[kernel-poll:%s\]\n\0+(?<version>\d{2}(?:\.\d{1,2}){1,3})\0/ },
          { anchor: '/otp_src_', expression: /^\/otp_src_(?<version>\d{2}(?:\.\d{1,2}){1,3})\// },
          { anchor: 'OTP-', expression: /^OTP-(?<version>\d{2}(?:\.\d{1,2}){1,3})\// },
          {
            anchor: '/erts/',
            before: 40,
            expression: /\/erlang-(?<version>\d{2}(?:\.\d{1,2}){1,3})[\w.+~-]{0,20}\/erts\//,
          },
        ],
        proofs: ['Erlang/OTP '],
      },
    ],
  },
  {
    id: 'go',
    cpe: 'golang:go',
    judge: bitnami('golang'),
    parts: {
      home: /^(.*?)bin\/go$/,
      inside: [/^bin\/gofmt$/, /^pkg\/tool\/\w+\/\w+$/],
    },
    classifiers: [
      {
        names: ['go', 'gofmt'],
        marks: [
          // the tool chain's own programs: cmd/go and cmd/gofmt of that version
          {
            anchor: 'path\tcmd/go',
            before: 48,
            expression: /go(?<version>1\.\d{1,2}(?:\.\d{1,2})?(?:(?:beta|rc)\d)?)[^\d.].{0,40}path\tcmd\/go/s,
          },
        ],
        proofs: ['path\tcmd/go'],
      },
    ],
  },
  {
    id: 'gcc',
    cpe: 'gnu:gcc',
    judge: nobody,
    parts: {
      home: /^(.*?)bin\/(?:[\w-]+-)?gcc[\d.-]*$/,
      inside: [/^lib(?:exec)?\/gcc\/[\w-]+\/[\d.]+\/[\w.+-]+$/],
    },
    classifiers: [
      {
        names: ['gcc', 'g++', 'c++', 'cpp'],
        marks: [
          {
            anchor: 'gcc version %s %s',
            before: 88,
            expression: /\0(?<version>\d{1,2}\.\d{1,2}\.\d{1,2})\0+[^\0]{0,60}\0+gcc version/,
          },
          { anchor: 'GCC: (GNU) ', expression: /^GCC: \(GNU\) (?<version>\d{1,2}\.\d{1,2}\.\d{1,2})\0/ },
        ],
      },
    ],
  },
  {
    id: 'rust',
    cpe: 'rust-lang:rust',
    judge: nobody,
    classifiers: [
      {
        names: ['rustc', 'libstd.so', 'librustc_driver.so'],
        marks: [
          { anchor: '(rustc version ', expression: /^\(rustc version (?<version>1\.\d{1,3}\.\d{1,2})[\s)-]/ },
          { anchor: 'rustc version ', expression: /^rustc version (?<version>1\.\d{1,3}\.\d{1,2})[\s)-]/ },
        ],
      },
    ],
  },
  {
    id: 'ghc',
    cpe: 'haskell:ghc',
    judge: nobody,
    classifiers: [
      {
        names: ['ghc', 'ghc-pkg', 'runghc'],
        marks: [
          { anchor: 'libHSghc-', expression: /^libHSghc-(?<version>\d{1,2}\.\d{1,2}\.\d{1,2})-/ },
          { anchor: 'GHC link info', before: 40, expression: /GHC (?<version>\d{1,2}\.\d{1,2}\.\d{1,2})\0/ },
        ],
      },
    ],
  },
  {
    id: 'cabal',
    cpe: 'haskell:cabal',
    judge: nobody,
    classifiers: [
      {
        names: ['cabal'],
        marks: [
          {
            anchor: 'cabal-install-',
            expression: /^cabal-install-(?<version>\d{1,2}\.\d{1,2}(?:\.\d{1,2}){1,2})(?:-[\w-]{1,60})?\0/,
          },
          {
            anchor: 'Cabal-',
            expression: /^Cabal-(?<version>\d{1,2}\.\d{1,2}(?:\.\d{1,2}){1,2})-inplace:Distribution\./,
          },
        ],
      },
    ],
  },
  {
    id: 'stack',
    cpe: 'haskell:stack',
    judge: nobody,
    classifiers: [
      {
        names: ['stack'],
        marks: [
          { anchor: 'Version ', expression: /^Version (?<version>\d{1,2}\.\d{1,2}\.\d{1,2}), Git revision / },
          {
            anchor: '\0stack_libexecdir',
            before: 40,
            expression: /\/stack-(?<version>\d{1,2}\.\d{1,2}\.\d{1,2}(?:\.\d{1,2})?)\0+stack_libexecdir/,
          },
        ],
        proofs: ['stack_libexecdir'],
      },
    ],
  },
  {
    id: 'dart',
    cpe: 'dart:dart_software_development_kit',
    judge: nobody,
    classifiers: [
      {
        names: ['dart', 'dartvm', 'dartaotruntime'],
        marks: [
          { anchor: ' (stable) (', before: 24, expression: /\0(?<version>[23]\.\d{1,2}\.\d{1,2}) \(stable\) \([A-Z]/ },
          {
            anchor: ' (beta) (',
            before: 32,
            expression: /\0(?<version>[23]\.\d{1,2}\.\d{1,2}-\d{1,3}\.\d{1,2}\.beta) \(beta\) \([A-Z]/,
          },
        ],
      },
    ],
  },
];
