import { crc32 } from 'node:zlib';
import { applications } from './applications.ts';
import { databases } from './databases.ts';
import { elastic } from './elastic.ts';
import { goPlatforms } from './go-platforms.ts';
import { goServers } from './go-servers.ts';
import { interpreters } from './interpreters.ts';
import { libraries } from './libraries.ts';
import { mysqlFamily } from './mysql-family.ts';
import { nameStem } from './name-stem.ts';
import { network } from './network.ts';
import type { Product } from './product.ts';
import type { Candidate } from './recognition.ts';
import { runtimes } from './runtimes.ts';
import { servers } from './servers.ts';
import { shells } from './shells.ts';
import { tls } from './tls.ts';
import { tools } from './tools.ts';

export { cpeOf } from './cpe.ts';
export { nameStem } from './name-stem.ts';
export type { Classifier, Judge, Product, ProductModule, VersionMark } from './product.ts';
export { unknownVersion } from './product.ts';
export { type Candidate, type Recognised, Recognition } from './recognition.ts';

/** Every product that is recognised by the content of its files. */
export const products: readonly Product[] = [
  ...interpreters,
  ...servers,
  ...databases,
  ...mysqlFamily,
  ...tls,
  ...network,
  ...shells,
  ...runtimes,
  ...tools,
  ...libraries,
  ...goPlatforms,
  ...goServers,
  ...elastic,
  ...applications,
];

/** counts up with every change of how files are looked through */
const scanner = 4;

/** Changes with everything that decides what is found: nobody has to remember it when a line of the table is changed. Judges decide later. */
export const tableVersion: number = crc32(
  JSON.stringify([scanner, products.map(({ id, classifiers }) => [id, classifiers])], (_, value: unknown) =>
    value instanceof RegExp ? String(value) : value,
  ),
);

const byName = new Map<string, Candidate[]>();
for (const product of products) {
  for (const classifier of product.classifiers) {
    for (const name of classifier.names) byName.set(name, [...(byName.get(name) ?? []), { product, classifier }]);
  }
}
const byId = new Map(products.map((product) => [product.id, product]));

/** What a file of this name can be, in the order of the table. The name alone decides whether a file is looked into. */
export function candidatesFor(base: string): readonly Candidate[] {
  const stem = nameStem(base);
  return stem === undefined ? [] : (byName.get(stem) ?? []);
}

/** The product with this id. */
export const productOf = (id: string): Product | undefined => byId.get(id);

/** The product of a program's purl: `pkg:generic/nginx@1.25.3`. */
export function productOfPurl(purl: string): Product | undefined {
  const name = /^pkg:generic\/([^@?]+)/.exec(purl)?.[1];
  return name === undefined ? undefined : productOf(name.replaceAll('%2B', '+'));
}
