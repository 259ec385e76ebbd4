import { createHash } from 'node:crypto';
import { elfFile } from './elf-builder.ts';

/** What a bundle is made of. */
export interface BundleInput {
  /** of the list of dependencies; undefined: the bundle has no such list */
  readonly libraries?: Readonly<Record<string, unknown>>;
  /** the target's entries, as a list of dependencies has them */
  readonly target?: Readonly<Record<string, unknown>>;
  /** bytes of other files, before the list */
  readonly before?: Buffer;
  /** false: a host that nothing was put into, as it lies beside every application */
  readonly isFilled?: boolean;
  /** how the host's file is made of its data */
  readonly host?: (data: Buffer) => Buffer;
}

const mark = createHash('sha256').update('.net core bundle\n').digest();

/** A .NET application in one file as the SDK makes it: the host, the files of the application, and a header that says where they lie (version 6). */
export function bundle(input: BundleInput): Buffer {
  const { libraries, target, before = Buffer.alloc(0), isFilled = true } = input;
  const { host = (data) => elfFile({ loader: '/lib64/ld-linux-x86-64.so.2', code: 6000, data }) } = input;
  const name = '.NETCoreApp,Version=v8.0/linux-x64';
  const list =
    libraries === undefined
      ? Buffer.alloc(0)
      : Buffer.from(
          JSON.stringify(
            {
              runtimeTarget: { name, signature: '' },
              compilationOptions: {},
              targets: target === undefined ? {} : { [name]: target },
              libraries,
            },
            undefined,
            2,
          ),
        );
  const placeholder = (at: number): Buffer => {
    const place = Buffer.alloc(8);
    place.writeBigInt64LE(BigInt(at));
    return Buffer.concat([Buffer.alloc(64, 1), place, mark, Buffer.alloc(64, 2)]);
  };
  const settings = Buffer.from('{\n  "runtimeOptions": { "tfm": "net8.0" }\n}');
  const size = host(placeholder(0)).length;
  const files = Buffer.concat([before, list, settings]);
  const header = Buffer.alloc(12 + 13 + 40);
  header.writeUInt32LE(6, 0);
  header.writeInt32LE(libraries === undefined ? 1 : 2, 8);
  header.writeUInt8(12, 12);
  header.write('aBundleIdent', 13, 'latin1');
  header.writeBigInt64LE(BigInt(libraries === undefined ? 0 : size + before.length), 25);
  header.writeBigInt64LE(BigInt(list.length), 33);
  if (!isFilled) return host(placeholder(0));
  return Buffer.concat([host(placeholder(size + files.length)), files, header, Buffer.alloc(1200)]);
}
