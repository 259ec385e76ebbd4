import { bitnami, nobody, ownCna, type Product } from './product.ts';

/** Web servers, proxies and load balancers. */
export const servers: readonly Product[] = [
  {
    id: 'nginx',
    cpe: 'f5:nginx',
    judge: bitnami('nginx'),
    classifiers: [
      {
        names: ['nginx', 'nginx-debug', 'nginx-plus'],
        marks: [{ anchor: 'nginx version: nginx/', expression: /nginx\/(?<version>\d\.\d{1,3}\.\d{1,3})/ }],
      },
    ],
  },
  {
    id: 'openresty',
    cpe: 'openresty:openresty',
    judge: bitnami('openresty'),
    classifiers: [
      {
        names: ['nginx', 'openresty'],
        marks: [
          {
            anchor: 'nginx version: openresty/',
            expression: /openresty\/(?<version>\d\.\d{1,3}\.\d{1,3}(?:\.\d{1,3})?)/,
          },
        ],
      },
    ],
  },
  {
    id: 'httpd',
    cpe: 'apache:http_server',
    judge: bitnami('apache'),
    classifiers: [
      {
        names: ['httpd', 'apache', 'httpd.worker', 'httpd-prefork'],
        marks: [{ anchor: 'Apache/2.', expression: /^Apache\/(?<version>2\.\d\.\d{1,3})[\s\0]/ }],
      },
    ],
  },
  {
    id: 'lighttpd',
    cpe: 'lighttpd:lighttpd',
    judge: nobody,
    classifiers: [
      {
        names: ['lighttpd'],
        marks: [{ anchor: 'lighttpd/1.', expression: /^lighttpd\/(?<version>1\.\d{1,2}\.\d{1,3})[\s\0]/ }],
      },
    ],
  },
  {
    id: 'haproxy',
    cpe: 'haproxy:haproxy',
    judge: bitnami('haproxy'),
    classifiers: [
      {
        names: ['haproxy', 'haproxy-ssl'],
        marks: [
          {
            anchor: ', released 20',
            before: 96,
            expression: / version (?<version>\d\.\d{1,2}(?:\.\d{1,3}|-dev\d{1,2}))[-+~]?[\w.~+-]{0,40}, released /,
          },
          {
            anchor: 'HAProxy version follows',
            before: 96,
            expression: /\0(?<version>\d\.\d{1,2}(?:\.\d{1,3}|-dev\d{1,2}))(?:[-+~][\w.~+-]{1,40})?\0+HAProxy/,
          },
          {
            anchor: 'HA-Proxy version ',
            expression: /^HA-Proxy version (?<version>\d\.\d{1,2}(?:\.\d{1,3}|-dev\d{1,2}))/,
          },
        ],
        proofs: ['HAProxy version', 'HA-Proxy version'],
      },
    ],
  },
  {
    id: 'varnish',
    cpe: 'varnish-software:varnish_cache',
    judge: bitnami('varnish'),
    classifiers: [
      {
        names: ['varnishd', 'libvarnishapi.so'],
        marks: [{ anchor: 'varnish-', expression: /^varnish-(?<version>\d\.\d{1,2}\.\d{1,2}) revision [0-9a-f]{7}/ }],
      },
    ],
  },
  {
    id: 'squid',
    cpe: 'squid-cache:squid',
    judge: ownCna,
    classifiers: [
      {
        names: ['squid'],
        marks: [{ anchor: 'squid/', before: 1, expression: /\0squid\/(?<version>\d\.\d{1,2}(?:\.\d{1,2})?)\0/ }],
      },
    ],
  },
  {
    id: 'envoy',
    cpe: 'envoyproxy:envoy',
    judge: bitnami('envoy'),
    classifiers: [
      {
        names: ['envoy'],
        marks: [
          {
            anchor: '1.',
            before: 1,
            needsProof: true,
            expression: /^\0(?<version>1\.(?:[6-9]|[1-9]\d)\.\d{1,2}(?:-dev)?)\0/,
          },
        ],
        proofs: ['envoy.api.v2.', 'envoy.config.', 'EnvoyException', '. This configuration will be removed from Envoy'],
      },
    ],
  },
  {
    id: 'pgbouncer',
    cpe: 'pgbouncer:pgbouncer',
    judge: bitnami('pgbouncer'),
    classifiers: [
      {
        names: ['pgbouncer'],
        marks: [{ anchor: 'PgBouncer 1.', expression: /^PgBouncer (?<version>1\.\d{1,2}\.\d{1,2})[\s\0]/ }],
      },
    ],
  },
  {
    id: 'privoxy',
    cpe: 'privoxy:privoxy',
    judge: nobody,
    classifiers: [
      {
        names: ['privoxy'],
        marks: [{ anchor: 'Privoxy version ', expression: /^Privoxy version (?<version>\d\.\d\.\d{1,3})/ }],
      },
    ],
  },
  {
    id: 'tor',
    cpe: 'torproject:tor',
    judge: nobody,
    classifiers: [
      {
        names: ['tor'],
        marks: [{ anchor: ' (on Tor ', expression: /^ \(on Tor (?<version>0\.\d\.\d{1,2}\.\d{1,3})/ }],
      },
    ],
  },
  {
    id: 'coturn',
    cpe: 'coturn_project:coturn',
    judge: ownCna,
    classifiers: [
      {
        names: ['turnserver'],
        marks: [{ anchor: 'Coturn-', expression: /^Coturn-(?<version>\d\.\d{1,2}\.\d{1,2}(?:\.\d{1,2})?)/ }],
      },
    ],
  },
  {
    id: 'mosquitto',
    cpe: 'eclipse:mosquitto',
    judge: ownCna,
    classifiers: [
      {
        names: ['mosquitto'],
        marks: [
          {
            anchor: 'mosquitto version %s',
            before: 32,
            expression: /\0(?<version>\d\.\d{1,2}\.\d{1,3})\0+mosquitto version/,
          },
        ],
        proofs: ['mosquitto version'],
      },
    ],
  },
];
