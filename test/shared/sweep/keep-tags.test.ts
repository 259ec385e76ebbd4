import { describe, expect, it } from 'vitest';
import type { Digest } from '#shared/oci';
import { keys, memoryTable } from '#shared/store';
import { keepTags } from '../../../shared/sweep/keep-tags.ts';

const place = { registry: 'registry.test', repository: 'app' };
const digest = (letter: string): Digest => `sha256:${letter.repeat(64)}` as Digest;

/** Two images are stored; tags as they were read at these times. */
async function stored(tags: Readonly<Record<string, readonly [Digest, string]>>) {
  const table = memoryTable();
  for (const each of [digest('a'), digest('b')])
    await table.put({ ...keys.repositoryImage('registry.test', 'app', each), digest: each });
  for (const [tag, [of, readAt]] of Object.entries(tags))
    await table.put({ ...keys.repositoryTag('registry.test', 'app', tag), tag, digest: of, readAt });
  return async (listed: Readonly<Record<string, Digest>>, began: string): Promise<Record<string, unknown>> => {
    await keepTags(table, place, new Map(Object.entries(listed)), began);
    const found: Record<string, unknown> = {};
    for await (const row of table.query({ pk: keys.repositoryTag('registry.test', 'app', '').pk, prefix: 'T#' }))
      found[String(row.tag)] = row.digest;
    return found;
  };
}

describe('stored tags', () => {
  it('become those that the registry lists, where an image is stored for them', async () => {
    const keep = await stored({
      same: [digest('a'), '2026-01-01T00:00:00Z'],
      moved: [digest('a'), '2026-01-01T00:00:00Z'],
      unread: [digest('a'), '2026-01-01T00:00:00Z'],
      gone: [digest('a'), '2026-01-01T00:00:00Z'],
    });
    expect(
      await keep(
        { same: digest('a'), moved: digest('b'), unread: digest('c'), added: digest('b'), other: digest('d') },
        '2026-01-02T00:00:00Z',
      ),
    ).toEqual({ same: digest('a'), moved: digest('b'), added: digest('b') });
  });

  it('stay as somebody read them later than the list, or just before it', async () => {
    const keep = await stored({
      later: [digest('a'), '2026-01-02T00:00:01Z'],
      before: [digest('a'), '2026-01-01T23:30:00Z'],
      moved: [digest('a'), '2026-01-02T00:00:01Z'],
    });
    expect(await keep({ moved: digest('b') }, '2026-01-02T00:00:00Z')).toEqual({
      later: digest('a'),
      before: digest('a'),
      moved: digest('a'),
    });
  });
});
