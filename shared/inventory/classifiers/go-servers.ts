import { type GoProgram, goProduct, releaseNumber } from './go-product.ts';
import { bitnami, type Product, type VersionMark } from './product.ts';

/**
 * Its build leaves out its flags too, and other versions stand alone beside its own (of SQLite, of the C compiler): only where what stands around it is of the same build it is
 * taken for Grafana's, the branch or Go's own version.
 */
const grafanaReleases: readonly VersionMark[] = [
  {
    anchor: 'release-',
    expression: new RegExp(`^release-${releaseNumber}(?:\\+security-\\d\\d)?\\0`),
    needsProof: true,
  },
  {
    anchor: '+security-',
    before: 10,
    expression: /(?:^|[^\w./+-])(?<version>\d{1,2}\.\d{1,2}\.\d{1,2})\+security-\d\d\0/,
    needsProof: true,
  },
  {
    anchor: 'HEAD\0',
    expression: /^HEAD\0{1,8}(?::\0{1,12})?(?<version>\d{1,2}\.\d{1,2}\.\d{1,2})\0/,
    needsProof: true,
  },
  {
    anchor: '.x\0',
    before: 24,
    expression: /(?:^|[^\w./+-])(?<version>\d{1,2}\.\d{1,2}\.\d{1,2})\0{1,8}v\d{1,2}\.\d{1,2}\.x\0/,
    needsProof: true,
  },
  {
    anchor: 'go1.',
    before: 24,
    expression: /(?:^|[^\w./+-])(?<version>\d{1,2}\.\d{1,2}\.\d{1,2})\0.{1,11}\0go1\.\d\d/s,
    needsProof: true,
  },
];

const programs: readonly GoProgram[] = [
  {
    id: 'traefik',
    cpe: 'traefik:traefik',
    judge: 'go',
    names: ['traefik'],
    module: 'github.com/traefik/traefik',
    variables: ['pkg/version.Version'],
    stamps: ['3.', '2.'],
  },
  {
    id: 'ingress-nginx',
    cpe: 'kubernetes:ingress-nginx',
    judge: 'go',
    names: ['nginx-ingress-controller'],
    module: 'k8s.io/ingress-nginx',
    variables: ['ingress-nginx/version.RELEASE'],
    marks: [
      // its build leaves its flags out of the build information: the release stands alone, ended by zeros, among a hundred thousand names of types of `v1.`
      {
        anchor: 'v1.',
        before: 1,
        expression: /^[^./+-]v(?<version>1\.\d{1,2}\.\d{1,2}(?:-(?:alpha|beta)\.\d)?)\0\0/,
        mostHits: 1 << 18,
        needsProof: true,
      },
    ],
  },
  {
    id: 'prometheus',
    cpe: 'prometheus:prometheus',
    judge: bitnami('prometheus'),
    hasOwnVersions: true,
    names: ['prometheus', 'promtool'],
    module: 'github.com/prometheus/prometheus',
    variables: ['common/version.Version'],
  },
  {
    id: 'alertmanager',
    cpe: 'prometheus:alertmanager',
    judge: bitnami('alertmanager'),
    names: ['alertmanager', 'amtool'],
    module: 'github.com/prometheus/alertmanager',
    variables: ['common/version.Version'],
  },
  {
    id: 'node-exporter',
    cpe: 'prometheus:node_exporter',
    judge: 'go',
    names: ['node_exporter', 'prometheus-node-exporter'],
    module: 'github.com/prometheus/node_exporter',
    variables: ['common/version.Version'],
  },
  {
    id: 'grafana',
    cpe: 'grafana:grafana',
    judge: bitnami('grafana'),
    majorFrom: 'never',
    names: ['grafana', 'grafana-server', 'grafana-cli'],
    module: 'github.com/grafana/grafana',
    variables: ['main.version'],
    marks: grafanaReleases,
  },
  {
    id: 'loki',
    cpe: 'grafana:loki',
    judge: 'go',
    majorFrom: 3,
    names: ['loki', 'promtail'],
    module: 'github.com/grafana/loki',
    variables: ['pkg/util/build.Version'],
  },
  {
    id: 'caddy',
    cpe: 'caddyserver:caddy',
    judge: 'go',
    names: ['caddy'],
    module: 'github.com/caddyserver/caddy',
    marks: [
      { anchor: 'dep\tgithub.com/caddyserver/caddy/v2\t', expression: new RegExp(`\\/v2\\t${releaseNumber}[\\t\\n]`) },
    ],
  },
  {
    id: 'telegraf',
    cpe: 'influxdata:telegraf',
    judge: 'go',
    names: ['telegraf'],
    module: 'github.com/influxdata/telegraf',
    variables: ['internal.Version', 'main.version'],
  },
  {
    id: 'influxdb',
    cpe: 'influxdata:influxdb',
    judge: bitnami('influxdb'),
    names: ['influxd', 'influx'],
    module: 'github.com/influxdata/influxdb',
    variables: ['main.version'],
  },
  {
    id: 'minio',
    cpe: 'minio:minio',
    judge: bitnami('minio'),
    hasOwnVersions: true,
    names: ['minio'],
    module: 'github.com/minio/minio',
    marks: [
      {
        anchor: 'cmd.ReleaseTag=',
        expression: /=RELEASE\.(?<year>20\d\d)-(?<month>\d\d)-(?<day>\d\d)T/,
        form: '$<year>.$<month>.$<day>',
      },
      {
        anchor: 'RELEASE.20',
        expression: /^RELEASE\.(?<year>20\d\d)-(?<month>\d\d)-(?<day>\d\d)T\d\d-\d\d-\d\dZ\0/,
        form: '$<year>.$<month>.$<day>',
        needsProof: true,
      },
    ],
  },
  {
    id: 'nats-server',
    cpe: 'nats:nats-server',
    judge: bitnami('nats'),
    names: ['nats-server', 'gnatsd'],
    module: 'github.com/nats-io/nats-server',
    variables: ['server.serverVersion'],
  },
  {
    id: 'gitea',
    cpe: 'gitea:gitea',
    judge: bitnami('gitea'),
    names: ['gitea'],
    module: 'code.gitea.io/gitea',
    variables: ['main.Version'],
  },
  {
    id: 'git-lfs',
    cpe: 'git-lfs:git_lfs',
    judge: bitnami('git-lfs'),
    names: ['git-lfs'],
    module: 'github.com/git-lfs/git-lfs',
  },
  {
    id: 'rclone',
    cpe: 'rclone:rclone',
    judge: bitnami('rclone'),
    names: ['rclone'],
    module: 'github.com/rclone/rclone',
    variables: ['fs.Version'],
  },
  {
    id: 'oauth2-proxy',
    cpe: 'oauth2_proxy_project:oauth2_proxy',
    judge: bitnami('oauth2-proxy'),
    names: ['oauth2-proxy'],
    module: 'github.com/oauth2-proxy/oauth2-proxy',
    variables: ['version.VERSION', 'main.VERSION'],
  },
  {
    id: 'syncthing',
    cpe: 'syncthing:syncthing',
    judge: bitnami('syncthing'),
    names: ['syncthing'],
    module: 'github.com/syncthing/syncthing',
    variables: ['build.Version'],
  },
];

/** Servers and tools made with Go. Their modules are judged as Go; this adds the release of the program itself. */
export const goServers: readonly Product[] = programs.map(goProduct);
