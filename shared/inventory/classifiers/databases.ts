import { bitnami, nobody, type Product } from './product.ts';

/** Databases, caches and directories. */
export const databases: readonly Product[] = [
  {
    id: 'valkey',
    cpe: 'lfprojects:valkey',
    judge: bitnami('valkey'),
    classifiers: [
      {
        // it has Redis' names too, as links, which copies of them follow
        names: ['server', 'check-rdb', 'check-aof', 'sentinel', 'cli', 'benchmark'].flatMap((name) => [
          `valkey-${name}`,
          `redis-${name}`,
        ]),
        marks: [
          { anchor: 'valkey', expression: /^valkey(?<version>\d{1,2}\.\d\.\d{1,2}(?:-rc\d)?)(?:\D|1[3-9]\d{17})/ },
        ],
        proofs: ['valkey_version:%s'],
      },
    ],
  },
  {
    id: 'redis',
    cpe: 'redis:redis',
    judge: bitnami('redis'),
    classifiers: [
      {
        names: ['redis-server', 'redis-check-rdb', 'redis-check-aof', 'redis-sentinel', 'redis-cli', 'redis-benchmark'],
        marks: [
          { anchor: 'Redis version ', expression: /^Redis version (?<version>\d\.\d{1,2}\.\d{1,3})\0/ },
          // the build id is one text: version, the build's host (a word, or twelve hex digits of a container) and its time in nanoseconds
          {
            anchor: '000000000\0',
            before: 96,
            expression:
              /[^\d.](?<version>\d\.\d{1,2}\.\d{1,2}?)(?:[a-zA-Z][\w.-]{0,60}-|[0-9a-f]{12}-)?1[3-9]\d{8}0{9}\0/,
          },
          // between them newer ones have the version of their compiler
          {
            anchor: 'c11-builtin',
            before: 48,
            expression: /\0(?<version>\d\.\d{1,2}\.\d{1,3})\0+(?:\d{1,2}\.\d{1,2}\.\d{1,2}\0+)?c11-builtin/,
          },
          { anchor: ' (git:%s', before: 24, expression: /\0(?<version>\d\.\d{1,2}\.\d{1,3})\0+ \(git:%s/ },
        ],
        proofs: ['redis_version:%s', 'redis_git_sha1'],
      },
    ],
  },
  {
    id: 'keydb',
    cpe: 'snapchat:keydb',
    judge: bitnami('keydb'),
    classifiers: [
      {
        names: ['keydb-server', 'keydb-cli', 'keydb-check-rdb', 'keydb-check-aof', 'keydb-sentinel'],
        marks: [
          { anchor: 'KeyDB version ', expression: /^KeyDB version (?<version>\d\.\d{1,2}\.\d{1,3})[\s\0]/ },
          {
            anchor: '000000000\0',
            before: 96,
            expression:
              /[^\d.](?<version>\d\.\d{1,2}\.\d{1,2}?)(?:[a-zA-Z][\w.-]{0,60}-|[0-9a-f]{12}-)?1[3-9]\d{8}0{9}\0/,
          },
        ],
        proofs: ['KeyDB'],
      },
    ],
  },
  {
    id: 'memcached',
    cpe: 'memcached:memcached',
    judge: bitnami('memcached'),
    classifiers: [
      {
        names: ['memcached'],
        marks: [{ anchor: 'memcached 1.', expression: /^memcached (?<version>1\.\d\.\d{1,3})[\s\0]/ }],
      },
    ],
  },
  {
    id: 'postgresql',
    cpe: 'postgresql:postgresql',
    judge: bitnami('postgresql'),
    classifiers: [
      {
        names: [
          ...['postgres', 'postmaster', 'psql', 'initdb', 'createdb', 'dropdb', 'createuser', 'dropuser', 'clusterdb'],
          ...[
            'reindexdb',
            'vacuumdb',
            'vacuumlo',
            'oid2name',
            'pgbench',
            'pg_amcheck',
            'pg_archivecleanup',
            'pg_basebackup',
          ],
          ...[
            'pg_checksums',
            'pg_config',
            'pg_controldata',
            'pg_ctl',
            'pg_dump',
            'pg_dumpall',
            'pg_isready',
            'pg_receivewal',
          ],
          ...[
            'pg_recvlogical',
            'pg_resetwal',
            'pg_restore',
            'pg_rewind',
            'pg_test_fsync',
            'pg_test_timing',
            'pg_upgrade',
          ],
          ...['pg_verifybackup', 'pg_waldump'],
        ],
        marks: [
          {
            anchor: ' (PostgreSQL) ',
            expression: /^ \(PostgreSQL\) (?<version>\d{1,2}(?:\.\d{1,2}){0,2}(?:(?:alpha|beta|rc)\d)?)[\s\0(-]/,
          },
          {
            anchor: 'PostgreSQL ',
            expression: /^PostgreSQL (?<version>\d{1,2}(?:\.\d{1,2}){0,2}(?:(?:alpha|beta|rc)\d)?) (?:on |\()/,
          },
        ],
      },
    ],
  },
  {
    id: 'mongodb',
    cpe: 'mongodb:mongodb',
    judge: bitnami('mongodb'),
    classifiers: [
      {
        names: ['mongod', 'mongos'],
        marks: [
          { anchor: 'tcmalloc', before: 24, expression: /\0(?<version>\d\.\d\.\d{1,3}(?:-rc\d{1,2})?)\0+tcmalloc/ },
          {
            anchor: 'StartupOptionSetup\0',
            expression: /^StartupOptionSetup\0+(?<version>\d\.\d\.\d{1,3}(?:-rc\d{1,2})?)\0/,
          },
          { anchor: 'cppdefines', before: 24, expression: /\0(?<version>\d\.\d\.\d{1,3}(?:-rc\d{1,2})?)\0+cppdefines/ },
        ],
        proofs: ['mongodb.log', 'EnableVersionInfo'],
      },
    ],
  },
  {
    id: 'arangodb',
    cpe: 'arangodb:arangodb',
    judge: bitnami('arangodb'),
    classifiers: [
      {
        names: ['arangod', 'arangosh'],
        marks: [
          {
            anchor: ' [linux]',
            before: 40,
            expression: /\0(?<version>3\.\d{1,2}\.\d{1,2}(?:-\d)?) (?:enterprise )?\[linux\]/,
          },
        ],
        proofs: ['ArangoDB '],
      },
    ],
  },
  {
    id: 'sqlite',
    cpe: 'sqlite:sqlite',
    judge: bitnami('sqlite'),
    classifiers: [
      {
        names: ['sqlite', 'libsqlite.so'],
        marks: [
          {
            anchor: '3.',
            before: 1,
            needsProof: true,
            expression: /^[\0\xff](?<version>3\.\d{1,2}\.\d{1,2}(?:\.\d)?)\0/,
          },
        ],
        proofs: ['SQLite format 3'],
      },
    ],
  },
  {
    id: 'sqlcipher',
    cpe: 'zetetic:sqlcipher',
    judge: nobody,
    classifiers: [
      {
        names: ['sqlcipher', 'libsqlcipher.so'],
        marks: [
          { anchor: 'community\0', expression: /^community\0+(?<version>\d\.\d{1,2}\.\d{1,2})\0/ },
          {
            anchor: 'cipher_page_size',
            before: 24,
            expression: /\0(?<version>\d\.\d{1,2}\.\d{1,2})\0+cipher_page_size/,
          },
        ],
      },
    ],
  },
  {
    id: 'openldap',
    cpe: 'openldap:openldap',
    judge: bitnami('openldap'),
    classifiers: [
      {
        names: ['slapd', 'ldapsearch', 'ldapmodify', 'ldapwhoami', 'libldap.so', 'libldap_r.so'],
        marks: [{ anchor: '$OpenLDAP: ', expression: /^\$OpenLDAP: [\w.-]{1,24} (?<version>2\.\d{1,2}\.\d{1,3})/ }],
        // the library says no version, only what it is compatible with
        proofs: ['X_OPENLDAP\0'],
      },
    ],
  },
];
