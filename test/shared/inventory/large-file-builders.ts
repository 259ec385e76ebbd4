import { elfFile } from './elf-builder.ts';

/** A kernel module: an object with fields in `.modinfo`, as modpost writes them. */
export function kernelModule(fields: Readonly<Record<string, string>>): Buffer {
  const texts = Object.entries(fields).map(([name, value]) => `${name}=${value}\0`);
  return elfFile({ type: 1, sections: { '.modinfo': Buffer.from(texts.join('')) } });
}

/** The beginning of a bzImage: the header of the boot protocol, and the version where it points. */
export function kernelImage(version: string): Buffer {
  const bytes = Buffer.alloc(0x4000, 0x90);
  bytes.write('HdrS', 0x202, 'latin1');
  bytes.writeUInt16LE(0x3000, 0x20e);
  bytes.write(`${version}\0`, 0x3200, 'latin1');
  return bytes;
}

const word = (value: number, bytes: 4 | 8): Buffer => {
  const written = Buffer.alloc(bytes);
  written.writeUInt32LE(value);
  return written;
};
const text = (value: string): Buffer => Buffer.concat([word(Buffer.byteLength(value), 8), Buffer.from(value)]);

/** A GGUF file of version 3 without tensors: texts, numbers, and at its end a list of words. */
export function gguf(fields: Readonly<Record<string, string | number>>): Buffer {
  const written = Object.entries(fields).map(([name, value]) =>
    typeof value === 'string'
      ? Buffer.concat([text(name), word(8, 4), text(value)])
      : Buffer.concat([text(name), word(4, 4), word(value, 4)]),
  );
  const words = Buffer.concat([
    text('tokenizer.ggml.tokens'),
    word(9, 4),
    word(8, 4),
    word(2, 8),
    text('a'),
    text('b'),
  ]);
  return Buffer.concat([Buffer.from('GGUF'), word(3, 4), word(0, 8), word(written.length + 1, 8), ...written, words]);
}

/** A safetensors file without tensors: the length of its header, and the header. */
export function safetensors(header: object): Buffer {
  const json = Buffer.from(JSON.stringify(header));
  return Buffer.concat([word(json.length, 8), json, Buffer.alloc(64)]);
}
