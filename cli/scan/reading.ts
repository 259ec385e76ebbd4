import { rmSync } from 'node:fs';
import { access, constants, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { HashedExecutables } from '#shared/inventory';
import { parsePlatform } from '#shared/oci';
import { cacheFolder } from '../../bin/cache-folder.mjs';
import { duration } from '../arguments.ts';
import { CommandFailed } from '../exit-codes.ts';
import { plainText } from '../plain-text.ts';
import { registryLogins } from '../registry-logins.ts';
import type { Terminal } from '../terminal.ts';
import { collectSeldom } from './collect-seldom.ts';
import { layerCache } from './layer-cache.ts';
import { openTarget } from './open-target.ts';
import { openPiped, pipedName, readPipedName } from './piped-target.ts';
import { folderProgress, readingProgress } from './progress.ts';
import { readFolderTarget, readSbomBytes, readSbomFile } from './read-file-target.ts';
import { type PlatformChoice, type ReadTarget, type ReadTargets, readImageTargets } from './read-target.ts';

/** Options of every command that reads images by itself. */
export const readingOptions = {
  'cache-dir': { type: 'string' },
  platform: { type: 'string' },
  progress: { type: 'boolean', default: true },
  timeout: { type: 'string', default: '15m' },
} as const;

/** What help says of them. */
export const readingUsage = `  --platform <os/arch>     which image of an index, such as linux/arm64, or all (default: this machine's)
  --cache-dir <folder>     where layers and advisories are remembered (default: your cache folder)
  --timeout <time>         give up after 90s, 5m, 1h (default: 15m)
  --no-progress            no progress on stderr
`;

/** How an image is read. */
export interface Reading {
  readonly cacheFolder: string;
  readonly platform: PlatformChoice;
  readonly progress: boolean;
  /** ms */
  readonly timeout: number;
  /** which executables' hashes are told */
  readonly hashed: HashedExecutables;
}

/** Reads the values of `readingOptions`, and of `--files` where a command has it. Throws UsageError, InvalidReference. */
export function readReading(values: {
  readonly 'cache-dir'?: string | undefined;
  readonly platform?: string | undefined;
  readonly progress: boolean;
  readonly timeout: string;
  readonly files?: boolean | undefined;
}): Reading {
  const { platform } = values;
  return {
    cacheFolder: path.resolve(values['cache-dir'] ?? cacheFolder(process.env)),
    platform: platform === undefined || platform === 'all' ? platform : parsePlatform(platform),
    progress: values.progress,
    timeout: duration(values.timeout, '--timeout'),
    hashed: values.files === true ? 'all' : 'privileged',
  };
}

/** What a read may use while it lasts. */
export interface ReadingTools {
  readonly signal: AbortSignal;
  readonly cache: string;
  readonly draw: (text: string) => void;
  readonly warn: (text: string) => void;
}

/** Does `work` within the time given, with a cache folder that can be written. Throws what the work throws, and CommandFailed when it is too late. */
export async function withReading<T>(
  { cacheFolder: folder, progress, timeout }: Reading,
  terminal: Terminal,
  work: (tools: ReadingTools) => Promise<T>,
): Promise<T> {
  const signal = AbortSignal.timeout(timeout);
  const warn = (text: string): void => terminal.note(plainText(`note: ${text}`));
  const draw = (text: string): void => {
    if (progress) terminal.draw(plainText(text));
  };
  const begin = async (): Promise<T> => work({ signal, cache: await usableFolder(folder, warn), draw, warn });
  try {
    return await withinTime(begin(), signal, timeout);
  } finally {
    terminal.draw('');
  }
}

/** Reads what a person names: an image (or all of an index), a root filesystem, a bill of materials, what is piped in. Throws what its parts throw. */
export async function readNamed(
  named: string,
  { platform, hashed }: Reading,
  tools: ReadingTools,
): Promise<ReadTargets> {
  const { signal, cache, draw, warn } = tools;
  const piped = readPipedName(named);
  const name = piped === undefined ? named : pipedName;
  draw(`opening ${name}`);
  const target = await (piped === undefined
    ? openTarget(name, {
        credentials: registryLogins(),
        // somebody is waiting: fewer tries than a function has
        attempts: 3,
        signal,
      })
    : openPiped({ input: process.stdin, ...piped, signal, draw }));
  if (target.kind === 'sbom') return alone(await readSbomFile(name, target.path));
  if (target.kind === 'piped-sbom') return alone(readSbomBytes(name, target.bytes, name));
  if (target.kind === 'folder') {
    const onProgress = folderProgress(draw, Date.now);
    return alone(await readFolderTarget(name, target.path, { signal, hashed, onProgress }));
  }
  const { source } = target;
  try {
    const onProgress = collectSeldom(readingProgress(draw, Date.now));
    const facts = layerCache(cache, warn);
    return await readImageTargets({ name, source, facts, platform, hashed, signal, onProgress });
  } finally {
    await source.close();
  }
}

const alone = (target: ReadTarget): ReadTargets => ({ targets: [target], unread: [] });

/** The cache folder, or for this one time another when it cannot be written. */
async function usableFolder(folder: string, warn: (text: string) => void): Promise<string> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    return folder;
  } catch {
    const instead = await mkdtemp(path.join(tmpdir(), 'drydock-cache-'));
    process.once('exit', () => rmSync(instead, { recursive: true, force: true }));
    warn(`${folder} cannot be written, so nothing is remembered; choose another folder with --cache-dir`);
    return instead;
  }
}

async function withinTime<T>(work: Promise<T>, signal: AbortSignal, timeout: number): Promise<T> {
  const late = () => new CommandFailed(`reading did not end within ${timeout / 1_000} s; give it more with --timeout`);
  const end = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(late()), { once: true }));
  try {
    return await Promise.race([work, end]);
  } catch (error) {
    throw signal.aborted ? late() : error;
  }
}
