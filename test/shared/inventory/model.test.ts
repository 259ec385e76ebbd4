import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ggufFields } from '../../../shared/inventory/extractors/gguf-fields.ts';
import { inventoryOf, osRelease, stanza, type Tree } from './images.ts';
import { gguf, safetensors } from './large-file-builders.ts';

const debian: Tree = { 'etc/os-release': osRelease.debian12, 'var/lib/dpkg/status': stanza('bash', '5.2') };
const found = async (tree: Tree): Promise<unknown[]> => {
  const { packages } = await inventoryOf({ ...debian, ...tree });
  return packages.filter(({ type }) => type === 'model').map(({ purl, licenses }) => [purl, licenses]);
};
const pytorch = safetensors({ __metadata__: { format: 'pt' }, w: { dtype: 'F16', shape: [1], data_offsets: [0, 2] } });

describe('files of models', () => {
  test('given GGUF files, then each is listed with what its metadata says, one in parts once', async () => {
    const fields = { 'general.architecture': 'llama', 'general.file_type': 7, 'general.license': 'llama3.2' };
    const large = Buffer.concat([gguf({ ...fields, 'general.version': 'v0.3 beta' }), Buffer.alloc(1 << 20)]);
    expect(
      await found({
        'models/Llama-3.2-1B-Q4_K_M.gguf': large,
        'models/big-00001-of-00002.gguf': gguf(fields),
        'models/big-00002-of-00002.gguf': gguf({}),
      }),
    ).toEqual([
      ['pkg:generic/model/Llama-3.2-1B-Q4_K_M@v0.3-beta?architecture=llama', ['llama3.2']],
      ['pkg:generic/model/big?architecture=llama', ['llama3.2']],
    ]);
  });

  test('given safetensors files, then the folder says which model it is, and the cache of Hugging Face which revision', async () => {
    const revision = '0123456789abcdef0123456789abcdef01234567';
    const hub = 'root/.cache/huggingface/hub/models--sentence-transformers--all-MiniLM-L6-v2';
    const blob = '5'.repeat(64);
    expect(
      await found({
        'srv/bert-base/model.safetensors': pytorch,
        'srv/large/model-00001-of-00003.safetensors': pytorch,
        'srv/large/model-00003-of-00003.safetensors': pytorch,
        [`${hub}/snapshots/${revision}/model.safetensors`]: pytorch,
        [`${hub}/blobs/${blob}`]: pytorch,
        [`${hub}/blobs/${'6'.repeat(64)}`]: '{"hidden_size": 384, "architectures": ["BertModel"]}',
        [`srv/blobs/${blob}`]: pytorch,
      }),
    ).toEqual([
      ['pkg:generic/model/bert-base', undefined],
      ['pkg:generic/model/large', undefined],
      [`pkg:generic/model/sentence-transformers/all-MiniLM-L6-v2@${revision}`, undefined],
      ['pkg:generic/model/sentence-transformers/all-MiniLM-L6-v2', undefined],
    ]);
  });

  test('given files that only have such a name, then they are none', async () => {
    expect(await found({ 'srv/a.gguf': 'x'.repeat(100), 'srv/b.safetensors': 'x'.repeat(100) })).toEqual([]);
  });

  test('given any bytes behind the header, then reading ends within them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(), (rest, count) => {
        const head = Buffer.alloc(24);
        head.write('GGUF');
        head.writeUInt32LE(3, 4);
        head.writeUInt32LE(count >>> 0, 16);
        const fields = ggufFields(Buffer.concat([head, rest]));
        expect([...(fields ?? [])].flat().join('').length).toBeLessThanOrEqual(3 * rest.length);
      }),
    );
  });
});
