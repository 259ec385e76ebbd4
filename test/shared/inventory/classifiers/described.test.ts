import { describe, expect, test } from 'vitest';
import { recognised } from './recorded.ts';

// No such program could be had where this was written. What stands around their versions is what was seen in those that their projects publish (anchore/syft keeps pieces of them;
// peer-snippets.test.ts reads these), and build information is as Go writes it.
const apart = '\0'.repeat(400);
const built = (path: string, module: string): string => `${apart}path\t${path}\nmod\t${module}\t(devel)\t\n`;
const beat = (name: string): string =>
  built(`github.com/elastic/beats/v7/x-pack/${name}`, 'github.com/elastic/beats/v7');
const agent = built('github.com/elastic/elastic-agent', 'github.com/elastic/elastic-agent');
const traefik = built('github.com/traefik/traefik/v3/cmd/traefik', 'github.com/traefik/traefik/v3');
const grafana = built('github.com/grafana/grafana/pkg/cmd/grafana', 'github.com/grafana/grafana');
const istio = built('istio.io/istio/pilot/cmd/pilot-agent', 'istio.io/istio');
const vault = built('github.com/hashicorp/vault', 'github.com/hashicorp/vault');
const ingress = built('k8s.io/ingress-nginx/cmd/nginx', 'k8s.io/ingress-nginx');

describe('programs whose versions others saw', () => {
  test.each([
    ['auditbeat', '9.4.2', `rulesforcestdinsetupTest 9.4.2%s %windexevent${beat('auditbeat')}`],
    ['filebeat', '8.11.2', `2006-015m.rate8.11.2-9765625: type${beat('filebeat')}`],
    ['filebeat', '8.18.4', `exportconfigcreateplugin8.18.4globalclient${beat('filebeat')}`],
    ['heartbeat', '9.4.2', `8.0.0forcestdinsetupTest 9.4.2inputerror${beat('heartbeat')}`],
    ['elastic-agent', '8.11.2', `33906253:04PM8.11.2:https<-chan${agent}`],
    ['elastic-agent', '8.19.4', `config/statsenroll8.19.4headeruint16${agent}`],
    ['elastic-agent', '9.4.2', `config/statsenroll: true9.4.2-headeruint16${agent}`],
    ['nginx-ingress-controller', '1.9.6', `\x0eZt; Lv1.9.6\0\0$a${ingress}`],
    ['nginx-ingress-controller', '1.12.0-beta.0', `go1.22.8\0\0\0v1.12.0-beta.0\0\0\0${ingress}`],
    [
      'minio',
      '2023.03.13',
      `\0RELEASE.2023-03-13T19-46-17Z\0${built('github.com/minio/minio', 'github.com/minio/minio')}`,
    ],
    ['traefik', '2.10.7', `\x8f\xb0\xbe2.10.7\0\0$a${traefik}`],
    ['grafana', '10.3.12', `>\xc010.3.12\x000\r\x9f\t\0\0\0\0go1.22.7\0${grafana}`],
    ['grafana', '12.0.0', `\xfd\xff\0\0HEAD\0\0\0\x0012.0.0\0\0$a${grafana}`],
    ['grafana', '7.5.17', `HEAD\0\0\0\0:\0\0\0\0\0\0\x007.5.17\0${grafana}`],
    ['grafana', '9.5.21', `\xff\x7f\xff9.5.21\0\0v9.5.x\0${grafana}`],
    ['grafana', '12.3.1', `\0release-12.3.1\0\0${grafana}`],
    ['grafana', '12.4.3', `"\0\0\x0012.4.3+security-02\0${grafana}`],
    ['pilot-agent', '1.26.8', `amd64\0\0\x001.26.8\0\x001.26.8\0\0$a${istio}`],
    ['pilot-discovery', '1.29.0-rc.3', `go1.25.7\0\x001.29.0-rc.3\0\0\x001.29.0-rc.3\0${istio}`],
    ['pilot-agent', '1.8.0', `\0Clean\0\0\x001.8.0\0${istio}`],
    ['vault', '1.13.13', `txn0.0.0.00x%016x1.13.13123-abc19531252.5.4.3${vault}`],
    ['vault', '1.14.10', `%s0.0.0.00x%016x1.14.101.49.22123-abc${vault}`],
    ['vault', '1.14.3', `0.00x%016x1.14.3\n123-abc${vault}`],
    ['vault', '1.20.2', `cloud:%s.%s:revoke1.20.2)(nil))(%#v) ${vault}`],
    ['vault', '1.21.0-rc1', `secondsindex_state1.21.0-rc1\nOptions${vault}`],
    ['xtrabackup', '8.0.35', '/percona-xtrabackup-8.0-RELEASE/test/BUILD/percona-xtrabackup-8.0.35-'],
    ['xtrabackup', '8.0.35-30', '/BUILD/percona-xtrabackup-8.0.35-30/storage/'],
    ['mysqld', '8.0.34', '/rpmbuild/BUILD/Percona-XtraDB-Cluster-8.0.34/sql/'],
    ['ndbmtd', '9.7.0', '/rpm/BUILD/mysql-cluster-gpl-9.7.0/mysql-cluster-gpl-9.7.0/storage/'],
    ['ndb_mgmd', '7.6.17', 'mysql-5.7.33-ndb-7.6.17\0'],
    ['cabal', '1.22.6.0', '/x86_64-linux-ghc-7.10.2/cabal-install-1.22.6.0-AfxbHivcmw40BMGrAXG3jJ\0'],
    ['cabal', '3.10.3.0', '\0Cabal-3.10.3.0-inplace:Distribution.Utils.UnionFind.Info\0'],
    ['stack', '2.15.7', '\0Version 2.15.7, Git revision 6d78ee55\0'],
  ])('%s %s', (file, version, content) => {
    expect(recognised(file, content)?.version).toBe(version);
    // the pieces that a scan sees do not end where it would suit
    expect(recognised(file, ...(content.match(/.{1,7}/gs) ?? []))?.version).toBe(version);
  });

  test('the server of a MySQL Cluster is a MySQL of its release, and judged as one', () => {
    const old = recognised('mysqld', '-cluster-gpl\x005.7.33-ndb-7.6.17\0x86_64\0');
    const aligned = recognised('mysqld', '/rpm/BUILD/mysql-cluster-gpl-9.7.0/sql/');
    expect([old, aligned].map((found) => [found?.product.id, found?.version])).toEqual([
      ['mysql', '5.7.33'],
      ['mysql', '9.7.0'],
    ]);
  });

  test('Composer of a phar says its version, in the lines of its class or of what it holds of itself', () => {
    const lines = "class Composer\n{\n const VERSION = '1.10.26';\n const BRANCH_ALIAS_VERSION = '';\n";
    const held =
      "return array('root' => array(\n 'name' => 'composer/composer',\n 'pretty_version' => '2.8.1',\n 'version' => '2.8.1.0',";
    expect(recognised('composer', lines)?.version).toBe('1.10.26');
    expect(recognised('composer.phar', held)).toMatchObject({ product: { id: 'composer' }, version: '2.8.1' });
  });
});

describe('what is none of them', () => {
  test.each([
    [
      'composer',
      "#!/usr/bin/env node\nconst VERSION = '0.20.9'; // hyperledger composer",
      'another program of that name',
    ],
    ['composer', " * const VERSION = '1.8.2';\n * const BRANCH_ALIAS_VERSION = '';", 'a remark'],
    ['composer', "'name' => 'composer/semver',\n 'pretty_version' => '3.4.0',", 'a package that it uses'],
    ['stack', '\0Version 2.0, January 2004\0/stack-2.7.5\0', 'a licence'],
    ['cabal', '\0cabal-install-solver\0Cabal-3.10.3.0\0', 'a library of it'],
    ['xtrabackup', '/percona-xtrabackup-8.0-RELEASE/', 'a branch'],
    ['filebeat', 'setupTest 9.4.2%s', 'no build information of it'],
    [
      'nginx-ingress-controller',
      'v1.9.6\0\0mod\tgithub.com/nginx/kubernetes-ingress\tv3.0.0\n',
      "NGINX's own controller",
    ],
  ])('%s with %j (%s)', (file, content) => {
    expect(recognised(file, content)).toBeUndefined();
  });

  test('a release that runs into the next text is not guessed', () => {
    expect(recognised('filebeat', `setupTest 9.4.28.0.0sse41${beat('filebeat')}`)).toMatchObject({
      product: { id: 'filebeat' },
      version: undefined,
    });
  });

  test('a version of another module, ended by one zero, is not that of the controller', () => {
    expect(recognised('nginx-ingress-controller', `v1.19.0\0x${ingress}`)?.version).toBeUndefined();
  });

  test('names of functions, which are ended by a zero too, are no releases', () => {
    const helm = built('helm.sh/helm/v3/cmd/helm', 'helm.sh/helm/v3');
    expect(recognised('helm', `example.org/entropy/v3.1.2\0${helm}`)?.version).toBeUndefined();
    expect(recognised('helm', `x\0v3.15.2\0go1.22.4\0${helm}`)?.version).toBe('3.15.2');
    expect(recognised('helm', 'x\0v3.15.2\0go1.22.4\0path\tgithub.com/acme/helm\n')).toBeUndefined();
  });

  test('versions of what is linked in stand alone too, and are not taken for those of the program', () => {
    const others = '\0GCC: (Debian 12.2.0-14+deb12u1) 12.2.0\0\x003.46.0\0\0\x001.5.7\0\0';
    expect(recognised('grafana', `${others}${grafana}`)).toMatchObject({
      product: { id: 'grafana' },
      version: undefined,
    });
    expect(recognised('pilot-agent', `${others}${istio}`)?.version).toBeUndefined();
    expect(recognised('traefik', `x.init.OnceFunc.func3.1.1\0y.func2.1.1\0${traefik}`)?.version).toBeUndefined();
  });

  test('a version of Vault that could end in two places is not guessed', () => {
    expect(recognised('vault', `x%016x1.13.1312.5.4.3${vault}`)?.version).toBeUndefined();
  });

  test('given a hundred thousand names of types before it, then the release is found', () => {
    const types = 'k8s.io/api/core/v1.Pod\n'.repeat(100_000);
    expect(recognised('nginx-ingress-controller', `${types}v1.11.5\0\0${ingress}`)?.version).toBe('1.11.5');
  });
});
