import { bitnami, nobody, ownCna, type Product } from './product.ts';

/** MySQL, what was made from it, and what backs it up. Many of them call their server `mysqld`. */
export const mysqlFamily: readonly Product[] = [
  {
    id: 'mariadb',
    cpe: 'mariadb:mariadb',
    judge: bitnami('mariadb'),
    classifiers: [
      {
        names: [
          'mariadbd',
          'mysqld',
          'mariadb',
          'mysql',
          'mariadb-admin',
          'mariadb-dump',
          'mariadb-backup',
          'mariabackup',
        ],
        marks: [
          { anchor: '-MariaDB', before: 24, expression: /\0(?<version>\d{1,2}\.\d{1,2}\.\d{1,3})-MariaDB/ },
          { anchor: '/mariadb-1', expression: /^\/mariadb-(?<version>\d{2}\.\d{1,2}\.\d{1,3})[-/]/ },
        ],
      },
    ],
  },
  {
    id: 'mysql',
    cpe: 'oracle:mysql',
    judge: ownCna,
    classifiers: [
      {
        names: ['mysqld', 'mysql', 'mysqladmin', 'mysqldump', 'mysqld-debug'],
        marks: [
          // the server of a cluster is a MySQL of this release
          {
            anchor: '/mysql-cluster-gpl-',
            expression: /^\/mysql-cluster-gpl-(?<version>[89]\.\d{1,2}\.\d{1,3})\//,
          },
          { anchor: '-ndb-7', before: 10, expression: /\0(?<version>5\.\d\.\d{1,2})-ndb-/ },
          { anchor: '/mysql-', expression: /^\/mysql-(?<version>[5-9]\.\d{1,2}\.\d{1,3})(?:-[\w.]{1,20})?\// },
          {
            anchor: 'mysql_real_escape_string_quote',
            before: 40,
            expression: /\0(?<version>[5-9]\.\d{1,2}\.\d{1,3})\0+mysql_real_escape/,
          },
        ],
        proofs: ['MySQL Community Server'],
      },
    ],
  },
  {
    id: 'percona-server',
    cpe: 'percona:percona_server',
    judge: nobody,
    classifiers: [
      {
        names: ['mysqld', 'mysql'],
        marks: [
          { anchor: '/percona-server-', expression: /^\/percona-server-(?<version>[5-9]\.\d{1,2}\.\d{1,3}-\d{1,3})\// },
          { anchor: '/Percona-Server-', expression: /^\/Percona-Server-(?<version>[5-9]\.\d{1,2}\.\d{1,3}-\d{1,3})\// },
        ],
      },
    ],
  },
  {
    id: 'percona-xtradb-cluster',
    cpe: 'percona:xtradb_cluster',
    judge: nobody,
    classifiers: [
      {
        names: ['mysqld', 'mysql'],
        marks: [
          {
            anchor: '/Percona-XtraDB-Cluster-',
            expression: /^\/Percona-XtraDB-Cluster-(?<version>[5-9]\.\d{1,2}\.\d{1,3}(?:-\d{1,3})?)\//,
          },
        ],
      },
    ],
  },
  {
    id: 'percona-xtrabackup',
    cpe: 'percona:xtrabackup',
    judge: nobody,
    classifiers: [
      {
        names: ['xtrabackup'],
        marks: [
          {
            anchor: '/percona-xtrabackup-',
            expression: /^\/percona-xtrabackup-(?<version>\d\.\d{1,2}\.\d{1,3}(?:-\d{1,3}(?=\/))?)[-/]/,
          },
        ],
      },
    ],
  },
  {
    id: 'mysql-cluster',
    cpe: 'oracle:mysql_cluster',
    judge: nobody,
    classifiers: [
      {
        names: ['ndbd', 'ndbmtd', 'ndb_mgmd'],
        marks: [
          { anchor: '/mysql-cluster-gpl-', expression: /-gpl-(?<version>[7-9]\.\d{1,2}\.\d{1,3})\// },
          { anchor: '-ndb-7', expression: /^-ndb-(?<version>7\.\d\.\d{1,2})\0/ },
        ],
      },
    ],
  },
];
