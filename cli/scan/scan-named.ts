import { baseOf } from '#shared/inventory';
import type { Terminal } from '../terminal.ts';
import { judgeTarget } from './judge-target.ts';
import { basesUsage, knownBases } from './known-bases.ts';
import { type Reading, readingOptions, readingUsage, readNamed, readReading, withReading } from './reading.ts';
import type { ScannedImage } from './report.ts';
import { openScanBook, type ScanBook } from './scan-book.ts';
import type { UnreadImage } from './unread-images.ts';
import { readVexFiles } from './vex-files.ts';

/** Options of every command that scans by itself. */
export const scanningOptions = {
  advisories: { type: 'string' },
  kev: { type: 'string' },
  epss: { type: 'string' },
  'cve-list': { type: 'string' },
  'end-of-life': { type: 'string' },
  offline: { type: 'boolean', default: false },
  base: { type: 'string', multiple: true },
  vex: { type: 'string', multiple: true },
  ...readingOptions,
} as const;

/** What help says of them. */
export const scanningUsage = `  --advisories <where>     a folder or address in OSV's bulk layout (default: OSV's own, and the bundled starter advisories)
  --kev <where>            CISA's catalogue of exploited vulnerabilities, a file or address (default: CISA's own, kept for a day)
  --epss <where>           FIRST's scores of how likely exploits are, a file or address (default: FIRST's own, kept for a day)
  --cve-list <where>       the CVE List, for severities that nobody else gives and what was rejected: an archive, a folder or address, or what
                           drydock db export wrote (default: beside the advisories, else what drydock db update fetched); none leaves it out
  --end-of-life <where>    endoflife.date's products, a file or address, beside the bundled table (default: beside the advisories, else what
                           drydock db update fetched)
  --offline                fetch no advisories
  --vex <file>             an OpenVEX or CSAF document; what it calls not affected or fixed is hidden and counted; may be repeated
${basesUsage}${readingUsage}`;

/** How an image is scanned. */
export interface Scanning extends Reading {
  readonly advisories?: string;
  readonly kev?: string;
  readonly epss?: string;
  readonly cveList?: string;
  readonly endOfLife?: string;
  readonly offline: boolean;
  /** images that the image may be built on */
  readonly bases: readonly string[];
  /** files of VEX documents */
  readonly vex: readonly string[];
}

/** Reads the values of `scanningOptions`. Throws UsageError, InvalidReference. */
export function readScanning(
  values: Parameters<typeof readReading>[0] & {
    readonly advisories?: string | undefined;
    readonly kev?: string | undefined;
    readonly epss?: string | undefined;
    readonly 'cve-list'?: string | undefined;
    readonly 'end-of-life'?: string | undefined;
    readonly offline: boolean;
    readonly base?: readonly string[] | undefined;
    readonly vex?: readonly string[] | undefined;
  },
): Scanning {
  return {
    ...(values.advisories === undefined ? {} : { advisories: values.advisories }),
    ...(values.kev === undefined ? {} : { kev: values.kev }),
    ...(values.epss === undefined ? {} : { epss: values.epss }),
    ...(values['cve-list'] === undefined ? {} : { cveList: values['cve-list'] }),
    ...(values['end-of-life'] === undefined ? {} : { endOfLife: values['end-of-life'] }),
    offline: values.offline,
    bases: values.base ?? [],
    vex: values.vex ?? [],
    ...readReading(values),
  };
}

/** What was read and judged. */
export interface Scanned {
  /** at least one */
  readonly scanned: readonly ScannedImage[];
  /** images of the index that could not be read, where all are asked for */
  readonly unread: readonly UnreadImage[];
  readonly book: ScanBook;
}

/** Reads and judges what a person names: one image, or all of an index. Throws what its parts throw, and CommandFailed when it is too late. */
export function scanNamed(name: string, options: Scanning, terminal: Terminal): Promise<Scanned> {
  return withReading(options, terminal, async (tools) => {
    const book: ScanBook = await openScanBook({
      ...options,
      cacheFolder: tools.cache,
      now: () => new Date(),
      progress: tools.draw,
      warn: tools.warn,
    });
    const statements = await readVexFiles(options.vex, tools.warn);
    const scanned: ScannedImage[] = [];
    const bases = await knownBases(options.bases, tools);
    const { targets, unread } = await readNamed(name, options, tools);
    for (const target of targets)
      scanned.push({ ...(await judgeTarget(target, book)), base: baseOf(target.inventory, bases), statements });
    return { scanned, unread, book };
  });
}
