import { type RedHatStream, redHatProduct, redHatStream } from '../../red-hat-stream.ts';
import { isObject, listOf } from '../read-file.ts';
import { type Component, componentOf, moduleOf } from './components.ts';

/** What a product id of a document stands for: a component of a stream of Red Hat Enterprise Linux. */
export interface Product extends Component {
  readonly stream: RedHatStream;
  /** another stream that the same repository serves: fixes for 9.2, while it is the newest, are fixes of its extended stream too */
  readonly also?: RedHatStream;
  /** the minor release, where documents (since 2026) write statements for each */
  readonly minor?: number;
}

/** Finds what a product id stands for; undefined: something else than an rpm of Red Hat Enterprise Linux. */
export type FindProduct = (id: string) => Product | undefined;

interface Helper {
  readonly cpe?: string;
  readonly purl?: string;
}

interface Relation {
  readonly component: string;
  readonly platform: string;
}

/**
 * The product tree of a CSAF document of Red Hat, in the form of before 2026 (`vex/`, one statement for a major release that has no fix yet) and since
 * (`vex-feed/`, one for each minor release). Source: CSAF 2.0 section 3.2.2; Red Hat's security data guidelines, "CSAF VEX".
 */
export function readProductTree(tree: unknown): FindProduct {
  const helpers = helpersOf(tree);
  const relations = relationsOf(tree);
  const newest = newestMinors(helpers);
  // a component stands in many streams, and a stream has many components
  const places = remembered((id) => placeOf(id, helpers.get(id)?.cpe, newest));
  const components = remembered((id) => componentOf(id, helpers.get(id)?.purl));
  const modules = remembered((id) => moduleOf(id, helpers.get(id)?.purl));
  return (id) => {
    const relation = relations.get(id);
    if (relation === undefined) return undefined;
    // a component of a module is related to the module's own relation to its platform
    const around = relations.get(relation.platform);
    const place = places(around?.platform ?? relation.platform);
    const component = place === undefined ? undefined : components(relation.component);
    if (place === undefined || component === undefined) return undefined;
    const module = component.module ?? (around === undefined ? undefined : modules(around.component));
    if (around !== undefined && module === undefined) return undefined;
    return { ...component, ...place, ...(module === undefined ? {} : { module }) };
  };
}

function remembered<T>(make: (id: string) => T): (id: string) => T {
  const known = new Map<string, T>();
  return (id) => {
    const found = known.get(id);
    if (found !== undefined || known.has(id)) return found as T;
    const made = make(id);
    known.set(id, made);
    return made;
  };
}

function placeOf(
  id: string,
  cpe: string | undefined,
  newest: ReadonlyMap<string, number>,
): Pick<Product, 'stream' | 'also' | 'minor'> | undefined {
  const product = redHatProduct(cpe ?? '');
  const stream = product === undefined ? undefined : redHatStream(product);
  if (stream === undefined) return undefined;
  const { release, channel } = stream;
  const both = /-(\d+\.\d+)\.\d+\.Z\.MAIN\.EUS$/.exec(id)?.[1];
  if (both !== undefined && channel === undefined) return { stream, also: { release, channel: `eus-${both}` } };
  const minor = minorOf(id);
  if (minor === undefined) return { stream };
  // Of the newest minor release the main stream is filed as its extended one, which it will become.
  if (channel?.startsWith('eus-') === true && minor === newest.get(release)) return { stream: { release }, minor };
  return channel === undefined ? { stream, minor } : { stream };
}

/** `rhel-9.8.z.eus::appstream` */
const minorOf = (id: string): number | undefined => {
  const minor = /^rhel-\d+\.(\d+)\./.exec(id)?.[1] ?? /^rhel-\d+\.(\d+)$/.exec(id)?.[1];
  return minor === undefined ? undefined : Number(minor);
};

/** By major release the newest minor one that a document speaks of, as main or extended stream. */
function newestMinors(helpers: ReadonlyMap<string, Helper>): ReadonlyMap<string, number> {
  const newest = new Map<string, number>();
  for (const [id, { cpe }] of helpers) {
    const minor = minorOf(id);
    const stream = redHatStream(redHatProduct(cpe ?? '') ?? '');
    if (minor === undefined || stream === undefined) continue;
    if (stream.channel !== undefined && !stream.channel.startsWith('eus-')) continue;
    newest.set(stream.release, Math.max(minor, newest.get(stream.release) ?? -1));
  }
  return newest;
}

/** Branches nest without end in the standard: they are walked by a list of our own. */
function helpersOf(tree: unknown): Map<string, Helper> {
  const helpers = new Map<string, Helper>();
  const waiting: unknown[] = isObject(tree) ? [...listOf(tree['branches'])] : [];
  for (let branch = waiting.pop(); branch !== undefined; branch = waiting.pop()) {
    if (!isObject(branch)) continue;
    for (const inner of listOf(branch['branches'])) waiting.push(inner);
    const { product } = branch;
    if (!isObject(product) || typeof product['product_id'] !== 'string') continue;
    const helper = product['product_identification_helper'];
    const { cpe, purl } = isObject(helper) ? helper : {};
    helpers.set(product['product_id'], {
      ...(typeof cpe === 'string' ? { cpe } : {}),
      ...(typeof purl === 'string' ? { purl } : {}),
    });
  }
  return helpers;
}

function relationsOf(tree: unknown): Map<string, Relation> {
  const relations = new Map<string, Relation>();
  for (const relation of isObject(tree) ? listOf(tree['relationships']) : []) {
    if (!isObject(relation)) continue;
    const { full_product_name: full, product_reference: component, relates_to_product_reference: platform } = relation;
    const id = isObject(full) ? full['product_id'] : undefined;
    if (typeof id === 'string' && typeof component === 'string' && typeof platform === 'string')
      relations.set(id, { component, platform });
  }
  return relations;
}
