import { unknownVersion } from '../classifiers/index.ts';
import { baseOf, folderOf } from '../path.ts';
import { licensesOf, packageDrafts, qualifiersOf } from './drafts.ts';
import type { Extractor } from './extractor.ts';
import { ggufFields } from './gguf-fields.ts';

/** Hugging Face's cache names a folder by the owner and the name of a model; the files of its snapshots are links to blobs, called by their hashes */
const cached = /(?:^|\/)models--([^/]+?)--([^/]+)\/(?:snapshots\/([0-9a-f]{40})|blobs)\//;
const hashed = /^[0-9a-f]{64}$/;
/** of a model in several files the first speaks for all */
const part = /-(\d{5})-of-\d{5}$/;
/** files that are called as all others are: the folder says which model it is */
const unspoken = /^(?:(?:pytorch_|diffusion_pytorch_|adapter_)?model|consolidated|weights|ggml-model.*)$/;
const longestHeader = 100_000_000;

/**
 * Files of models that programs load: GGUF (ggml, "GGUF": metadata first) and safetensors (a JSON header after its length). They are listed by name, with a version
 * where they say one; nobody publishes advisories for them, and what is in them is not looked at.
 */
export const model: Extractor = {
  name: 'model',
  version: 1,
  concerns: { endings: ['.gguf', '.safetensors'], folders: ['models--'] },
  wants({ path, base, size }) {
    if (size <= 16) return undefined;
    const isNamed = base.endsWith('.gguf') || base.endsWith('.safetensors');
    return isNamed || (base.length === 64 && hashed.test(base) && cached.test(path)) ? 'beginning' : undefined;
  },
  read({ path, base, bytes }) {
    const stem = base.replace(/\.[^.]*$/, '');
    if ((part.exec(stem)?.[1] ?? '00001') !== '00001') return [];
    const fields = ggufFields(bytes) ?? (base.endsWith('.gguf') ? undefined : safetensorsFields(bytes));
    if (fields === undefined) return [];
    const [, owner, name, revision] = cached.exec(path) ?? [];
    const own = stem.replace(part, '');
    const called = name === undefined ? (unspoken.test(own) ? baseOf(folderOf(path)) || own : own) : `${owner}/${name}`;
    const architecture = fields.get('general.architecture');
    return packageDrafts([
      {
        type: 'model',
        name: called.replace(/[^\w./+-]+/g, '-'),
        version: fields.get('general.version')?.replace(/[^\w.+-]+/g, '-') || revision || unknownVersion,
        ...licensesOf([fields.get('general.license')]),
        ...qualifiersOf({ architecture }),
      },
    ]);
  },
};

function safetensorsFields(bytes: Buffer): ReadonlyMap<string, string> | undefined {
  if (bytes.length <= 8) return undefined;
  const length = bytes.readBigUInt64LE(0);
  return length >= 2n && length <= longestHeader && bytes[8] === 0x7b ? new Map() : undefined;
}
