import { gzipSync } from 'node:zlib';
import { elfFile, writableAddress } from './elf-builder.ts';

/** What its document lists. */
interface Component {
  readonly purl: string;
}

/** A native image of GraalVM with its list of components: symbols that lead to a gzip in its data, and to its length. */
export function nativeImage(
  components: readonly Component[],
  flaw: { readonly packed?: Buffer; readonly length?: number; readonly otherNames?: number } = {},
): Buffer {
  const { packed = gzipSync(documentOf(components)), otherNames = 0 } = flaw;
  const { length = packed.length } = flaw;
  const counted = Buffer.alloc(8);
  counted.writeBigUInt64LE(BigInt(length));
  const names = Buffer.from(`\0__svm_version_info\0sbom\0sbom_length\0${'name\0'.repeat(otherNames)}`);
  const symbol = (name: string, address: number): Buffer => {
    const entry = Buffer.alloc(24);
    entry.writeUInt32LE(names.indexOf(`\0${name}\0`) + 1, 0);
    entry.writeUInt8(0x11, 4);
    entry.writeBigUInt64LE(BigInt(address), 8);
    return entry;
  };
  const table = Buffer.concat([
    Buffer.alloc(24),
    symbol('__svm_version_info', writableAddress),
    symbol('sbom_length', writableAddress),
    symbol('sbom', writableAddress + 8),
  ]);
  return elfFile({
    code: 2 ** 16,
    data: Buffer.concat([counted, packed, Buffer.alloc(64)]),
    sections: { '.dynstr': names, '.dynsym': table },
  });
}

function documentOf(components: readonly Component[]): string {
  return JSON.stringify({
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    components: components.map(({ purl }) => {
      const [, group, name, version] = /^pkg:maven\/([^/]+)\/([^@]+)@(.+)$/.exec(purl) ?? [];
      return { type: 'library', group, name, version, purl };
    }),
  });
}
