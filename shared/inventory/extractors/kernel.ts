import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { unknownVersion } from '../classifiers/index.ts';
import { wholeFile } from '../elf/index.ts';
import { UnreadableEvidence } from '../errors.ts';
import type { EvidenceDraft, FoundPackage } from '../layer-facts.ts';
import { plausibleVersion } from '../plausible.ts';
import { openProgramFile } from '../program-files/index.ts';
import { licensesOf, packageDrafts } from './drafts.ts';
import type { EvidenceFile, Extractor } from './extractor.ts';

const module = /\.ko(?:\.(?:gz|xz|zst))?$/;
/** what comes with a kernel lies here: thousands of modules, of which the kernel's version says everything */
const ofKernel = /(?:^|\/)lib\/modules\/[^/]+\/kernel\//;
/** written when a kernel's modules are installed */
const list = /(?:^|\/)lib\/modules\/([^/]+)\/modules\.builtin$/;
const image = /^vmlinuz(?:-|$)/;
/** Go's own tests bring a kernel along */
const ofTests = /(?:^|\/)(?:testdata|tests?)\//;
/** the largest known module has 100 MiB of debugging information */
const longestFields = 1 << 16;
const longestModule = 128 * 2 ** 20;
/** unpacked bytes for each packed one, and some more: modules have 3 to 10, and a layer may hold ten thousands of what is made to be unpacked for long */
const mostRatio = 40;
const ratioFrom = 1 << 16;

/**
 * Linux kernels and the modules that are not part of one: `vmlinuz` (the version stands in its header: Linux/x86 boot protocol, field kernel_version), `lib/modules/<release>`,
 * and `*.ko`, whose section `.modinfo` says `version=` or for which kernel it was built (`vermagic=`). What an OS package lists counts as that package. Nobody publishes
 * advisories for what is left.
 */
export const kernel: Extractor = {
  name: 'kernel',
  version: 1,
  concerns: {
    names: ['modules.builtin'],
    beginnings: ['vmlinuz'],
    endings: ['.ko', '.ko.gz', '.ko.xz', '.ko.zst'],
  },
  wants({ path, base, size }) {
    if (size === 0) return undefined;
    if (base === 'modules.builtin') return list.test(path) ? 'presence' : undefined;
    if (image.test(base)) return ofTests.test(path) ? undefined : 'beginning';
    if (!module.test(base) || ofKernel.test(path)) return undefined;
    // Node has no decoder of xz, and one in JavaScript takes a second for 5 MB: such a module is listed by its name
    return base.endsWith('.xz') ? 'presence' : 'archive';
  },
  read(file) {
    const found = image.test(file.base) ? imageOf(file) : (listOf(file.path) ?? moduleOf(file));
    return found === undefined ? [] : unlessOwned(packageDrafts([found]));
  },
};

const unlessOwned = (drafts: readonly EvidenceDraft[]): EvidenceDraft[] =>
  drafts.map((draft) => (draft.kind === 'packages' ? { ...draft, unlessOwned: true } : draft));

const linux = (version: string): FoundPackage => ({ type: 'kernel', name: 'linux-kernel', version });

function listOf(path: string): FoundPackage | undefined {
  const release = list.exec(path)?.[1];
  return release === undefined ? undefined : linux(release);
}

/** Offset of the version, less 512, of a bzImage since protocol 2.00; images of other processors say none outside of what is packed. */
function imageOf({ base, bytes }: EvidenceFile): FoundPackage | undefined {
  const isBoot = bytes.length > 0x210 && bytes.toString('latin1', 0x202, 0x206) === 'HdrS';
  const at = isBoot ? bytes.readUInt16LE(0x20e) + 0x200 : 0;
  const said = at > 0x200 ? /^\d[\w.+~-]{0,99}/.exec(bytes.toString('latin1', at, at + 100))?.[0] : undefined;
  const named = /^vmlinuz-(\d[\w.+~-]{0,99})$/.exec(base)?.[1];
  return said === undefined && named === undefined ? undefined : linux(said ?? named ?? '');
}

function moduleOf({ path, base, bytes: packed }: EvidenceFile): FoundPackage | undefined {
  const [stem = ''] = base.split('.ko');
  if (base.endsWith('.xz')) return { type: 'kernel', name: stem, version: unknownVersion };
  const bytes = unpacked(path, base, packed);
  const file = openProgramFile('elf', wholeFile(bytes));
  // texts in Korean are called like this too
  if (file === undefined && bytes.subarray(0, 4).toString('latin1') !== '\x7fELF') return undefined;
  if (file === undefined) throw new UnreadableEvidence(path, 'a kernel module whose header cannot be read');
  const place = file.sectionNamed('.modinfo');
  const section = place === undefined ? undefined : file.bytesUpTo(place.offset, Math.min(place.size, longestFields));
  const fields = fieldsOf(section ?? Buffer.alloc(0));
  // `5.6.0-k NAPI`: what drivers write there is for people
  const version = ['version', 'vermagic']
    .map((field) => fields.get(field)?.split(' ', 1)[0] ?? '')
    .find(plausibleVersion);
  return {
    type: 'kernel',
    name: fields.get('name') ?? stem,
    version: version ?? unknownVersion,
    ...licensesOf([fields.get('license')]),
  };
}

function unpacked(path: string, base: string, bytes: Buffer): Buffer {
  const bounds = { maxOutputLength: Math.min(longestModule, ratioFrom + mostRatio * bytes.length) };
  try {
    if (base.endsWith('.gz')) return gunzipSync(bytes, bounds);
    return base.endsWith('.zst') ? zstdDecompressSync(bytes, bounds) : bytes;
  } catch (cause) {
    throw new UnreadableEvidence(path, 'a kernel module that cannot be unpacked', { cause });
  }
}

/** `license=GPL`, each ended by a zero; the first of a name counts. */
function fieldsOf(section: Buffer): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const text of section.toString('utf8').split('\0')) {
    const at = text.indexOf('=');
    if (at > 0 && !fields.has(text.slice(0, at))) fields.set(text.slice(0, at), text.slice(at + 1));
  }
  return fields;
}
