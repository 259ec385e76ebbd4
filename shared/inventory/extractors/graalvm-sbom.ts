import { gunzipSync } from 'node:zlib';
import { ElfFile, exportedSymbols } from '../elf/index.ts';
import { UnreadableEvidence } from '../errors.ts';
import type { BilledPackage, FoundPackage } from '../layer-facts.ts';
import { parsePackageKeyId } from '../package-key.ts';
import { packageDrafts } from './drafts.ts';
import { billDrafts } from './embedded-sbom.ts';
import type { ExecutableExtractor } from './executable-extractor.ts';

/** the runtime that is linked into each of them is larger */
const smallest = 2 ** 16;
const bill = 'sbom';
const billLength = 'sbom_length';
/** of every native image */
const mark = '__svm_version_info';
const longestPacked = 16 * 2 ** 20;
const longestBill = 64 * 2 ** 20;

/**
 * Java programs that GraalVM compiled (`native-image --enable-sbom`): a CycloneDX document, gzip, at the symbol `sbom`, its length at `sbom_length`. Nothing else is
 * left of the jars that went into them.
 */
export const graalvmSbom: ExecutableExtractor = {
  name: 'graalvm-sbom',
  version: 2,
  wants: ({ size }) => size >= smallest,
  begin({ program, path }) {
    if (program !== 'elf') return undefined;
    return {
      end(file) {
        if (!(file instanceof ElfFile)) return [];
        const symbols = exportedSymbols(file, [bill, billLength, mark]);
        const [start, length] = [symbols.get(bill), symbols.get(billLength)];
        if (start === undefined || length === undefined) return [];
        return billDrafts({ path, bytes: unpacked(file, start, length, path) }, true).flatMap((draft) =>
          draft.kind === 'bill' ? packageDrafts(jarsOf(draft.packages)) : [draft],
        );
      },
    };
  },
};

/** The jars of a list: what is in the program is there, whatever else of the same name lies in the image. */
function jarsOf(listed: readonly BilledPackage[]): FoundPackage[] {
  return listed.flatMap(({ type, key, licenses }) => {
    if (type !== 'maven') return [];
    const { name, version } = parsePackageKeyId(key);
    return [{ type, name, version, ...(licenses === undefined ? {} : { licenses }) }];
  });
}

function unpacked(elf: ElfFile, start: number, length: number, path: string): Buffer {
  const unreadable = (text: string, cause?: unknown): never => {
    throw new UnreadableEvidence(path, `the SBOM of this native image cannot be read: ${text}`, { cause });
  };
  const at = elf.offsetOf(length);
  const bytes = at === undefined ? undefined : elf.bytes(at, 8);
  if (bytes === undefined) return unreadable('its length lies outside of what is held of so large a file');
  const size = elf.isLittle ? bytes.readUInt32LE(0) : bytes.readUInt32BE(4);
  const from = elf.offsetOf(start);
  if (size > longestPacked) return unreadable(`it has ${size} bytes`);
  const packed = from === undefined ? undefined : elf.bytes(from, size);
  if (packed === undefined) return unreadable('it lies outside of what is held of so large a file');
  try {
    return gunzipSync(packed, { maxOutputLength: longestBill });
  } catch (cause) {
    return unreadable('it cannot be unpacked', cause);
  }
}
