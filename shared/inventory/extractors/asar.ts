import { UnreadableEvidence } from '../errors.ts';
import type { FoundPackage } from '../layer-facts.ts';
import { packageDrafts } from './drafts.ts';
import type { EvidenceFile, Extractor } from './extractor.ts';
import { isRecord } from './json.ts';
import { npm } from './npm.ts';

/** two lengths of Chromium's Pickle, each before what it counts: 4, the header's; the text's padded one, the text's */
const lengths = 16;
const longestHeader = 32 << 20;
const mostFiles = 500_000;
const mostPackages = 20_000;
/** PATH_MAX: nothing unpacks longer ones */
const longestPath = 4096;

interface Packed {
  readonly path: string;
  readonly size: number;
  readonly offset: number;
}

/**
 * npm packages of an Electron application: `resources/app.asar`, a JSON tree of its files with what they hold behind it. What lies beside it in `app.asar.unpacked` is found as any
 * node_modules is. A file of that name that does not begin so is somebody else's.
 */
export const asar: Extractor = {
  name: 'asar',
  version: 1,
  concerns: { endings: ['.asar'] },
  wants({ base, size }) {
    return size > lengths && base.endsWith('.asar') ? 'archive' : undefined;
  },
  read(file) {
    const { bytes } = file;
    if (bytes.length <= lengths) throw new UnreadableEvidence(file.path, 'this archive of Electron is cut');
    if (bytes.readUInt32LE(0) !== 4) return [];
    const found: FoundPackage[] = [];
    let broken = 0;
    let left = bytes.length;
    for (const { path, size, offset } of filesOf(file)) {
      const inner = { path, base: 'package.json', size, mode: file.mode };
      if (npm.wants(inner) === undefined) continue;
      const start = 8 + bytes.readUInt32LE(4) + offset;
      if (start + size > bytes.length) throw new UnreadableEvidence(file.path, 'this archive of Electron is cut');
      left -= size;
      // honest files do not lie on each other
      if (left < 0 || found.length >= mostPackages)
        throw new UnreadableEvidence(file.path, 'this archive of Electron claims more packages than it can hold');
      try {
        for (const draft of npm.read({ ...inner, bytes: bytes.subarray(start, start + size) }))
          if (draft.kind === 'packages') found.push(...draft.packages.map((each) => ({ ...each, inner: path })));
      } catch (error) {
        if (!(error instanceof UnreadableEvidence)) throw error;
        broken += 1;
      }
    }
    const text = `${broken} package.json of this archive of Electron are no JSON`;
    return [
      ...packageDrafts(found),
      ...(broken === 0 ? [] : [{ kind: 'trouble', code: 'unreadable-evidence', text } as const]),
    ];
  },
};

/** Every package.json that the archive holds itself, as its header claims it. */
function filesOf(file: EvidenceFile): Packed[] {
  const files: Packed[] = [];
  const waiting: (readonly [path: string, folder: unknown])[] = [['', headerOf(file)]];
  let count = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [folder, node] = next;
    const inside = isRecord(node) && isRecord(node.files) ? node.files : {};
    for (const [name, entry] of Object.entries(inside)) {
      count += 1;
      if (count > mostFiles) throw new UnreadableEvidence(file.path, `an archive of more than ${mostFiles} files`);
      if (!isRecord(entry)) continue;
      const path = `${folder}${name}`;
      if (path.length > longestPath) throw new UnreadableEvidence(file.path, 'an archive of paths that are too long');
      if (entry.files !== undefined) waiting.push([`${path}/`, entry]);
      else if (name === 'package.json' && typeof entry.size === 'number' && /^\d{1,12}$/.test(String(entry.offset)))
        files.push({ path, size: Math.max(0, Math.floor(entry.size)), offset: Number(entry.offset) });
    }
  }
  return files;
}

function headerOf({ path, bytes }: EvidenceFile): unknown {
  const length = bytes.readUInt32LE(12);
  if (length > longestHeader || lengths + length > bytes.length)
    throw new UnreadableEvidence(path, 'the list of this archive of Electron is cut, or too long');
  try {
    return JSON.parse(bytes.toString('utf8', lengths, lengths + length));
  } catch (cause) {
    throw new UnreadableEvidence(path, 'the list of this archive of Electron is no JSON', { cause });
  }
}
