import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';

const file = path.join(import.meta.dirname, '../../cli/scan/collect-seldom.ts');

/** Runs in a process of its own, since flags are those of a whole process. The tag is that of the flags which compiled code counts under. */
const script = `
  import { cachedDataVersionTag } from 'node:v8';
  import { collectSeldom } from ${JSON.stringify(file)};
  const drawn = [];
  const onProgress = collectSeldom(({ bytesFetched }) => drawn.push(bytesFetched));
  const tags = [cachedDataVersionTag()];
  for (const bytesFetched of [0, 1 << 20, 16 << 20, 17 << 20, 500 << 20]) {
    onProgress({ bytesFetched });
    tags.push(cachedDataVersionTag());
  }
  process.stdout.write(JSON.stringify({ tags, drawn }));
`;

test('given progress, then the flags change once, when the threads that unpack have started, and all of it is drawn', () => {
  const { tags, drawn } = JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' }),
  ) as { tags: number[]; drawn: number[] };
  const [before, none, little, enough, more, all] = tags;
  expect([none, little, enough]).toEqual([before, before, before]);
  expect(more).not.toBe(before);
  expect(all).toBe(more);
  expect(drawn).toEqual([0, 1 << 20, 16 << 20, 17 << 20, 500 << 20]);
});
