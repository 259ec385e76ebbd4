import { type BuiltImage, type BuiltLayer, buildImage, buildLayer, type TarInput } from '#shared/oci';
import { type BaseState, bookworm, wheezy } from './root-filesystems.ts';
import { zip } from './zip.ts';

/** An image of the demonstration: what it is pushed as, and its bytes. */
export interface DemoImage {
  readonly repository: string;
  readonly tag: string;
  readonly image: BuiltImage;
}

/** Repositories that the demonstration pushes to. */
export const demoRepositories: readonly string[] = ['base/debian', 'checkout', 'storefront', 'reports'];

/** checkout: Java on Debian 7, with log4j-core inside a fat jar. */
export const checkout = (tag: string, base: BaseState): DemoImage =>
  demoImage(
    'checkout',
    tag,
    baseLayer('wheezy', base),
    'COPY checkout.jar /app/',
    [{ path: 'app/' }, { path: 'app/checkout.jar', content: fatJar() }],
    ['/usr/bin/java', '-jar', '/app/checkout.jar'],
  );

/** storefront: Node on Debian 12, with an old lodash and the malicious event-stream. */
export const storefront = (tag: string, base: BaseState): DemoImage =>
  demoImage(
    'storefront',
    tag,
    baseLayer('bookworm', base),
    'RUN npm ci --omit=dev',
    [
      { path: 'app/' },
      { path: 'app/server.js', content: 'require("lodash");\n' },
      ...nodeModule('lodash', '4.17.20'),
      ...nodeModule('event-stream', '3.3.6'),
      ...nodeModule('flatmap-stream', '0.1.1'),
    ],
    ['/usr/bin/node', '/app/server.js'],
  );

/** reports: Python on Debian 12; `requests` is what the team raises from one tag to the next. */
export const reports = (tag: string, base: BaseState, requests: string): DemoImage =>
  demoImage(
    'reports',
    tag,
    baseLayer('bookworm', base),
    'RUN pip install -r requirements.txt',
    [
      { path: 'usr/local/lib/python3.11/site-packages/requests/' },
      { path: 'usr/local/lib/python3.11/site-packages/requests/__init__.py', content: `__version__ = "${requests}"\n` },
      { path: `usr/local/lib/python3.11/site-packages/requests-${requests}.dist-info/` },
      {
        path: `usr/local/lib/python3.11/site-packages/requests-${requests}.dist-info/METADATA`,
        content: `Metadata-Version: 2.1\nName: requests\nVersion: ${requests}\nSummary: Python HTTP for Humans.\nLicense: Apache 2.0\n\n`,
      },
      { path: `usr/local/lib/python3.11/site-packages/requests-${requests}.dist-info/INSTALLER`, content: 'pip\n' },
      {
        path: `usr/local/lib/python3.11/site-packages/requests-${requests}.dist-info/RECORD`,
        content: `requests/__init__.py,,\nrequests-${requests}.dist-info/METADATA,,\n`,
      },
    ],
    ['/usr/bin/python3.11', '-m', 'reports'],
  );

/** A base by itself, as its own repository publishes it: the catalogue that rebuilt images are recognised by. */
export const baseImage = (name: 'wheezy' | 'bookworm', state: BaseState): DemoImage => ({
  repository: 'base/debian',
  tag: name,
  image: buildImage({ layers: [baseLayer(name, state)], config: { command: ['/bin/bash'] } }),
});

function baseLayer(name: 'wheezy' | 'bookworm', state: BaseState): BuiltLayer {
  const entries = name === 'wheezy' ? wheezy(state) : bookworm(state);
  return buildLayer(entries, { createdBy: `ADD rootfs-${name}.tar / # buildkit` });
}

function demoImage(
  repository: string,
  tag: string,
  base: BuiltLayer,
  createdBy: string,
  app: readonly TarInput[],
  entrypoint: readonly string[],
): DemoImage {
  return {
    repository,
    tag,
    image: buildImage({ layers: [base, buildLayer(app, { createdBy })], config: { entrypoint, user: '1000' } }),
  };
}

const nodeModule = (name: string, version: string): TarInput[] => [
  { path: `app/node_modules/${name}/` },
  {
    path: `app/node_modules/${name}/package.json`,
    content: JSON.stringify({ name, version, license: 'MIT', main: 'index.js' }),
  },
  { path: `app/node_modules/${name}/index.js`, content: `module.exports = "${name} ${version}";\n` },
];

function fatJar(): Buffer {
  const log4j = zip([
    {
      name: 'META-INF/MANIFEST.MF',
      content: 'Manifest-Version: 1.0\r\nImplementation-Title: Apache Log4j Core\r\nImplementation-Version: 2.14.1\r\n',
    },
    {
      name: 'META-INF/maven/org.apache.logging.log4j/log4j-core/pom.properties',
      content: 'version=2.14.1\ngroupId=org.apache.logging.log4j\nartifactId=log4j-core\n',
    },
    { name: 'org/apache/logging/log4j/core/lookup/JndiLookup.class', content: Buffer.from('cafebabe00000034', 'hex') },
  ]);
  return zip([
    {
      name: 'META-INF/MANIFEST.MF',
      content:
        'Manifest-Version: 1.0\r\nMain-Class: org.springframework.boot.loader.JarLauncher\r\nStart-Class: shop.Checkout\r\n',
    },
    {
      name: 'META-INF/maven/shop/checkout/pom.properties',
      content: 'version=1.0.0\ngroupId=shop\nartifactId=checkout\n',
    },
    { name: 'BOOT-INF/lib/log4j-core-2.14.1.jar', content: log4j },
  ]);
}
