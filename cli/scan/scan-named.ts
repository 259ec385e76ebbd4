import { access, constants, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  dockerCredentials,
  ecrCredentials,
  firstCredentials,
  openSource,
  type Platform,
  parsePlatform,
} from '#shared/oci';
import { duration } from '../arguments.ts';
import { cacheFolder } from '../cache-folder.ts';
import { CommandFailed } from '../exit-codes.ts';
import { plainText } from '../plain-text.ts';
import type { Terminal } from '../terminal.ts';
import { layerCache } from './layer-cache.ts';
import { readingProgress } from './progress.ts';
import type { ScannedImage } from './report.ts';
import { openScanBook, type ScanBook } from './scan-book.ts';
import { scanImage } from './scan-image.ts';

/** Options of every command that scans by itself. */
export const scanningOptions = {
  advisories: { type: 'string' },
  kev: { type: 'string' },
  offline: { type: 'boolean', default: false },
  'cache-dir': { type: 'string' },
  platform: { type: 'string' },
  progress: { type: 'boolean', default: true },
  timeout: { type: 'string', default: '15m' },
} as const;

/** What help says of them. */
export const scanningUsage = `  --platform <os/arch>     which image of an index, such as linux/arm64 (default: this machine's)
  --advisories <where>     a folder or address in OSV's bulk layout (default: OSV's own, and the bundled starter advisories)
  --kev <where>            CISA's catalogue of exploited vulnerabilities, a file or address (default: CISA's own, kept for a day)
  --offline                fetch no advisories
  --cache-dir <folder>     where layers and advisories are remembered (default: your cache folder)
  --timeout <time>         give up after 90s, 5m, 1h (default: 15m)
  --no-progress            no progress on stderr
`;

/** How an image is scanned. */
export interface Scanning {
  readonly advisories?: string;
  readonly kev?: string;
  readonly offline: boolean;
  readonly cacheFolder: string;
  readonly platform?: Platform;
  readonly progress: boolean;
  /** ms */
  readonly timeout: number;
}

/** Reads the values of `scanningOptions`. Throws UsageError, InvalidReference. */
export function readScanning(values: {
  readonly advisories?: string | undefined;
  readonly kev?: string | undefined;
  readonly offline: boolean;
  readonly 'cache-dir'?: string | undefined;
  readonly platform?: string | undefined;
  readonly progress: boolean;
  readonly timeout: string;
}): Scanning {
  return {
    ...(values.advisories === undefined ? {} : { advisories: values.advisories }),
    ...(values.kev === undefined ? {} : { kev: values.kev }),
    offline: values.offline,
    cacheFolder: path.resolve(values['cache-dir'] ?? cacheFolder(process.env)),
    ...(values.platform === undefined ? {} : { platform: parsePlatform(values.platform) }),
    progress: values.progress,
    timeout: duration(values.timeout, '--timeout'),
  };
}

/** Opens, reads and judges an image as a person names it, within the time given. Throws what its parts throw, and CommandFailed when it is too late. */
export async function scanNamed(
  image: string,
  options: Scanning,
  terminal: Terminal,
): Promise<{ readonly scanned: ScannedImage; readonly book: ScanBook }> {
  const signal = AbortSignal.timeout(options.timeout);
  try {
    return await withinTime(scan(image, options, terminal, signal), signal, options.timeout);
  } finally {
    terminal.draw('');
  }
}

async function scan(
  image: string,
  options: Scanning,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<{ readonly scanned: ScannedImage; readonly book: ScanBook }> {
  const warn = (text: string): void => terminal.note(plainText(`note: ${text}`));
  const draw = (text: string): void => {
    if (options.progress) terminal.draw(plainText(text));
  };
  const cache = await usableFolder(options.cacheFolder, warn);
  const source = await openSource(image, {
    credentials: firstCredentials(dockerCredentials(), ecrCredentials()),
    // somebody is waiting: fewer tries than a function has
    attempts: 3,
    signal,
  });
  try {
    const book: ScanBook = await openScanBook({
      ...options,
      cacheFolder: cache,
      now: () => new Date(),
      progress: draw,
      warn,
    });
    draw(`opening ${image}`);
    const scanned = await scanImage({
      name: image,
      source,
      facts: layerCache(cache, warn),
      book,
      ...(options.platform === undefined ? {} : { platform: options.platform }),
      signal,
      onProgress: readingProgress(draw, Date.now),
    });
    return { scanned, book };
  } finally {
    await source.close();
  }
}

/** The cache folder, or for this one time another when it cannot be written. */
async function usableFolder(folder: string, warn: (text: string) => void): Promise<string> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    return folder;
  } catch {
    const instead = await mkdtemp(path.join(tmpdir(), 'drydock-cache-'));
    warn(`${folder} cannot be written, so nothing is remembered; choose another folder with --cache-dir`);
    return instead;
  }
}

async function withinTime<T>(work: Promise<T>, signal: AbortSignal, timeout: number): Promise<T> {
  const late = () => new CommandFailed(`the scan did not end within ${timeout / 1_000} s; give it more with --timeout`);
  const end = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(late()), { once: true }));
  try {
    return await Promise.race([work, end]);
  } catch (error) {
    throw signal.aborted ? late() : error;
  }
}
