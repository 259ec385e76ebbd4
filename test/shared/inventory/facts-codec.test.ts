import { zstdDecompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { decodeFacts, encodeFacts, FactsCorrupt } from '#shared/inventory';
import { factsOf, layerOf, stanza } from './images.ts';

const dpkg = 'var/lib/dpkg';

describe('kept facts', () => {
  test('given paths and owned files, then their hashes lie as little-endian words behind the description, and come back', async () => {
    const facts = await factsOf(
      layerOf({
        [`${dpkg}/status`]: stanza('bash', '5.2'),
        [`${dpkg}/info/bash.list`]: '/.\n/bin\n/bin/bash\n',
        'bin/bash': { content: '\x7fELFx', mode: 0o755 },
      }),
    );
    const owned = facts.evidence.flatMap((fact) => (fact.kind === 'owned' ? [...fact.paths] : []));
    const bytes = zstdDecompressSync(await encodeFacts(facts));
    let at = 24 + Math.ceil(bytes.readUInt32LE(8) / 8) * 8;
    for (const word of [...facts.paths.hashes(), ...owned]) {
      expect(bytes.readUInt32LE(at)).toBe(word);
      at += 4;
    }
    expect([...bytes.subarray(at)]).toEqual([...facts.paths.marks()]);
    // two words for each: the file, and five scripts that the package may have
    expect(owned).toHaveLength(12);
    const read = await decodeFacts(await encodeFacts(facts));
    expect([...read.paths.hashes()]).toEqual([...facts.paths.hashes()]);
    expect(read.evidence).toEqual(facts.evidence);
  });

  test('given what a disk lost or changed anywhere, then they are no facts, and never other ones', async () => {
    const facts = await factsOf(layerOf({ [`${dpkg}/status`]: stanza('bash', '5.2'), 'srv/one': '', 'srv/two': '' }));
    const kept = await encodeFacts(facts);
    let refused = 0;
    for (let at = 0; at < kept.length; at += 1) {
      for (const damaged of [kept.with(at, (kept[at] ?? 0) ^ 0x55), kept.subarray(0, at)]) {
        const read = await decodeFacts(damaged).catch((error: unknown) => error);
        if (read instanceof FactsCorrupt) refused += 1;
        else expect(read).toEqual(await decodeFacts(kept));
      }
    }
    expect(refused).toBeGreaterThan(kept.length);
  });
});
