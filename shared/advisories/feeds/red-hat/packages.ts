import { type RedHatStream, redHatEcosystem } from '../../red-hat-stream.ts';
import { sourceNames } from './source-names.ts';
import type { Said, Statement } from './statements.ts';

/** What a document says of one source package of one stream, and of single binaries where that differs. */
export interface SaidOfPackage {
  readonly ecosystem: string;
  readonly module?: string;
  readonly source: string;
  /** of the source package, and so of every binary without a word of its own; several only when fixed in several builds */
  readonly all: readonly Said[];
  readonly binaries: ReadonlyMap<string, readonly Said[]>;
  /** the architectures that binaries of a fixed version are built for; none: nothing is said */
  readonly architectures: ReadonlyMap<string, ReadonlySet<string>>;
  /** worst rating and its vector, over all that is said */
  readonly impact?: string;
  readonly vector?: string;
}

interface Group {
  readonly stream: RedHatStream;
  readonly module: string | undefined;
  readonly source: string;
  readonly all: Said[];
  readonly binaries: Map<string, Said[]>;
  readonly architectures: Map<string, Set<string>>;
  impact?: string;
  vector?: string;
}

/**
 * Sorts statements by stream, module and source package. Within one, what is fixed overrules that it is affected (documents since 2026 say both, of the
 * repository and of the stream), and the statements for the newest minor release are those of the main stream.
 */
export function saidOfPackages(statements: readonly Statement[]): SaidOfPackage[] {
  const sourceOf = sourceNames(statements);
  const newest = new Map<string, number>();
  for (const statement of statements) {
    const { minor, stream } = statement.product;
    if (minor === undefined || stream.channel !== undefined) continue;
    const key = keyOf(stream, statement, sourceOf(statement));
    newest.set(key, Math.max(minor, newest.get(key) ?? -1));
  }
  const groups = new Map<string, Group>();
  for (const statement of statements) {
    const { product } = statement;
    const source = sourceOf(statement);
    for (const stream of [product.stream, product.also]) {
      if (stream === undefined) continue;
      const key = keyOf(stream, statement, source);
      if (product.minor !== undefined && stream.channel === undefined && product.minor < (newest.get(key) ?? 0))
        continue;
      const group = groups.get(key) ?? begin(stream, product.module, source);
      groups.set(key, group);
      add(group, statement);
    }
  }
  return [...groups.values()].map(settled);
}

const keyOf = ({ release, channel }: RedHatStream, { product }: Statement, source: string): string =>
  `${release} ${channel ?? ''} ${product.module ?? ''} ${source}`;

const begin = (stream: RedHatStream, module: string | undefined, source: string): Group => ({
  stream,
  module,
  source,
  all: [],
  binaries: new Map(),
  architectures: new Map(),
});

const ratings = ['low', 'moderate', 'important', 'critical'];

function add(group: Group, { product, said, impact, vector }: Statement): void {
  if (product.architecture === 'src') group.all.push(said);
  else saidOf(group.binaries, product.name).push(said);
  if (said.kind === 'fixed' && product.architecture !== 'src' && product.architecture !== undefined) {
    const build = said.version.replace(/^\d+:/, '');
    group.architectures.set(build, (group.architectures.get(build) ?? new Set()).add(product.architecture));
  }
  if (group.impact === undefined || rankOf(impact) > rankOf(group.impact)) {
    if (impact !== undefined) group.impact = impact;
    if (vector !== undefined) group.vector = vector;
  }
}

function saidOf(binaries: Map<string, Said[]>, name: string): Said[] {
  const known = binaries.get(name) ?? [];
  binaries.set(name, known);
  return known;
}

const rankOf = (impact: string | undefined): number => ratings.indexOf(impact?.toLowerCase() ?? '');

function settled({ stream, module, source, all, binaries, architectures, impact, vector }: Group): SaidOfPackage {
  const whole = strongest(all);
  const own = [...binaries]
    .map(([name, said]) => [name, strongest(said)] as const)
    .filter(([, said]) => !isCovered(said, whole));
  return {
    ecosystem: redHatEcosystem(stream),
    ...(module === undefined ? {} : { module }),
    source,
    all: whole,
    binaries: new Map(own),
    architectures,
    ...(impact === undefined ? {} : { impact }),
    ...(vector === undefined ? {} : { vector }),
  };
}

const strength = ['fixed', 'affected', 'investigated', 'not-affected'] as const;

/** All that is fixed, each version once; without any, one statement. */
function strongest(said: readonly Said[]): readonly Said[] {
  const kind = strength.find((one) => said.some((each) => each.kind === one));
  const those = said.filter((each) => each.kind === kind);
  if (kind !== 'fixed') return those.slice(0, 1);
  return [...new Map(those.map((each) => [each.kind === 'fixed' ? each.version : '', each])).values()];
}

/** True when what is said of the source package says as much of the binary: only that it is not affected stands against it. */
function isCovered(binary: readonly Said[], whole: readonly Said[]): boolean {
  const [first] = whole;
  const [one] = binary;
  if (first === undefined || one === undefined) return first !== undefined;
  if (first.kind === 'fixed') return one.kind !== 'not-affected';
  return JSON.stringify(one) === JSON.stringify(first);
}
