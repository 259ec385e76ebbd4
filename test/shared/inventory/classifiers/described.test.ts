import { describe, expect, test } from 'vitest';
import { recognised } from './recorded.ts';

// No such program could be had where this was written. What stands around their versions is what was seen in those that their projects publish (anchore/syft keeps pieces of them;
// peer-snippets.test.ts reads these), and build information is as Go writes it.
const apart = '\0'.repeat(400);
const built = (path: string, module: string): string => `${apart}path\t${path}\nmod\t${module}\t(devel)\t\n`;
const beat = (name: string): string =>
  built(`github.com/elastic/beats/v7/x-pack/${name}`, 'github.com/elastic/beats/v7');
const agent = built('github.com/elastic/elastic-agent', 'github.com/elastic/elastic-agent');
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

  test('given a hundred thousand names of types before it, then the release is found', () => {
    const types = 'k8s.io/api/core/v1.Pod\n'.repeat(100_000);
    expect(recognised('nginx-ingress-controller', `${types}v1.11.5\0\0${ingress}`)?.version).toBe('1.11.5');
  });
});
