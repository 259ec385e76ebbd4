import { bitnami, nobody, ownCna, type Product } from './product.ts';

/** Tools that end up in images. */
export const tools: readonly Product[] = [
  {
    id: 'chrome',
    cpe: 'google:chrome',
    judge: ownCna,
    classifiers: [
      {
        // not Electron's: it mends its Chromium without changing the number
        names: ['chrome', 'chromium', 'chrome-headless-shell', 'headless_shell', 'chromium-browser'],
        marks: [
          { anchor: '.0.', before: 4, needsProof: true, expression: /\0(?<version>\d{2,3}\.0\.\d{4,5}\.\d{1,3})\0/ },
        ],
        proofs: ['Videos\0', 'chrome-extension://'],
      },
    ],
  },
  {
    id: 'git',
    cpe: 'git-scm:git',
    judge: bitnami('git'),
    parts: {
      home: /^(.*?)bin\/git$/,
      inside: [/^libexec\/git-core\/git[\w-]*$/],
    },
    classifiers: [
      {
        names: [
          ...[
            'git',
            'git-shell',
            'git-daemon',
            'git-upload-pack',
            'git-http-backend',
            'git-http-fetch',
            'git-http-push',
          ],
          ...['git-imap-send', 'git-remote-http', 'git-sh-i18n--envsubst', 'scalar'],
        ],
        marks: [
          {
            anchor: 'git/',
            expression: /^git\/(?<version>2\.\d{1,2}\.\d{1,2}(?:\.\d{1,2})?(?:[.-]rc\d)?)(?:\.windows\.\d)?\0/,
          },
        ],
      },
    ],
  },
  {
    id: 'jq',
    cpe: 'jqlang:jq',
    judge: ownCna,
    classifiers: [
      {
        names: ['jq', 'jq-linux-amd', 'jq-linux-arm', 'jq-linux'],
        marks: [
          {
            anchor: 'DEBUG:',
            before: 48,
            expression: /\0(?:jq-)?(?<version>1\.\d(?:\.\d)?(?:rc\d)?)(?:-[\w.-]{1,20})?\0+DEBUG:/,
          },
          { anchor: 'DEBUG:', expression: /^DEBUG:\0+(?<version>1\.\d(?:\.\d)?)\0/ },
          { anchor: 'jq - comm', before: 24, expression: /\0(?<version>1\.\d(?:\.\d)?)\0+jq - comm/ },
          { anchor: 'jq-1.', expression: /^jq-(?<version>1\.\d(?:\.\d)?(?:rc\d)?)[\s\0-]/ },
        ],
      },
    ],
  },
  {
    id: 'gzip',
    cpe: 'gnu:gzip',
    judge: nobody,
    classifiers: [
      {
        names: ['gzip', 'gunzip', 'zcat', 'uncompress'],
        marks: [
          { anchor: 'file size changed while zipping', expression: /zipping\n\0+(?<version>1\.\d{1,2})\0/ },
          { anchor: '%s %s\n\0', before: 24, expression: /\0(?<version>1\.\d{1,2})\0+%s %s\n\0+method/ },
          { anchor: '%5.1f%%\0', expression: /^%5\.1f%%\0+(?<version>1\.\d{1,2})\0/ },
        ],
      },
    ],
  },
  {
    id: 'tar',
    cpe: 'gnu:tar',
    judge: nobody,
    classifiers: [
      {
        names: ['tar'],
        marks: [{ anchor: '%s-%s-%d', before: 24, expression: /\0(?<version>1\.\d{2}(?:\.\d{1,2})?)\0+%s-%s-%d/ }],
      },
    ],
  },
  {
    id: 'tini',
    cpe: 'krallin:tini',
    judge: nobody,
    classifiers: [
      {
        names: ['tini', 'tini-static', 'tini-amd', 'tini-static-amd', 'tini-arm', 'tini-static-arm', 'docker-init'],
        marks: [{ anchor: 'tini version ', expression: /^tini version (?<version>0\.\d{1,2}\.\d{1,2})[\s\0]/ }],
      },
    ],
  },
  {
    id: 'dumb-init',
    cpe: 'yelp:dumb-init',
    judge: nobody,
    classifiers: [
      {
        names: ['dumb-init'],
        // its release is a file of its sources
        marks: [{ anchor: '1.', before: 1, needsProof: true, expression: /^\0(?<version>1\.\d\.\d{1,2})\n\0/ }],
        proofs: ['dumb-init v%.*s'],
      },
    ],
  },
  {
    id: 'util-linux',
    cpe: 'kernel:util-linux',
    judge: nobody,
    classifiers: [
      {
        names: ['mount', 'umount', 'su', 'dmesg', 'getopt', 'nsenter', 'unshare', 'lsblk', 'fdisk', 'login', 'agetty'],
        marks: [{ anchor: 'util-linux 2.', expression: /^util-linux (?<version>2\.\d{2}(?:\.\d{1,2})?)\0/ }],
      },
    ],
  },
  {
    id: 'fluent-bit',
    cpe: 'treasuredata:fluent_bit',
    judge: bitnami('fluent-bit'),
    classifiers: [
      {
        names: ['fluent-bit'],
        marks: [
          {
            anchor: 'Fluent Bit v',
            before: 64,
            expression: /\0(?<version>\d\.\d{1,2}\.\d{1,2})\0+(?:(?:[^\0]{0,12}\0+)?%s(?:%s)?)?Fluent Bit v/,
          },
          { anchor: 'Fluent Bit v%s', before: 40, expression: /\0(?<version>\d\.\d{1,2}\.\d{1,2})\0/ },
        ],
        proofs: ['Fluent Bit v%s'],
      },
    ],
  },
  {
    id: 'vim',
    cpe: 'vim:vim',
    judge: nobody,
    classifiers: [
      {
        names: ['vim', 'vi', 'vim.tiny', 'vim.basic'],
        marks: [{ anchor: 'VIM - Vi IMproved ', expression: /IMproved (?<version>[89]\.\d) / }],
      },
    ],
  },
  {
    id: 'composer',
    cpe: 'getcomposer:composer',
    judge: bitnami('composer'),
    classifiers: [
      {
        names: ['composer', 'composer.phar'],
        isScript: true,
        marks: [
          // its notes for developers have such lines too, behind an asterisk
          {
            anchor: 'BRANCH_ALIAS_VERSION = ',
            before: 64,
            expression:
              /(?<!\* )const VERSION = '(?<version>\d{1,2}\.\d{1,3}\.\d{1,3}(?:-(?:alpha|beta|RC)\d{1,2})?)';\s{1,9}(?:public )?const BRANCH_/,
          },
          {
            anchor: "'composer/composer',",
            expression:
              /,\s{1,20}'pretty_version' => '(?<version>\d{1,2}\.\d{1,3}\.\d{1,3}(?:-(?:alpha|beta|RC)\d{1,2})?)'/,
          },
        ],
      },
    ],
  },
  {
    id: 'wp-cli',
    cpe: 'wp-cli:wp-cli',
    judge: bitnami('wp-cli'),
    classifiers: [
      {
        names: ['wp', 'wp-cli.phar', 'wp.phar'],
        isScript: true,
        marks: [{ anchor: 'wp-cli/wp-cli ', expression: /^wp-cli\/wp-cli (?<version>\d\.\d{1,2}\.\d{1,2}) / }],
      },
    ],
  },
];
