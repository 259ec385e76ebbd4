import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BusEvent, routes } from '#shared/events';
import { type Bus, type BusOptions, createBus, type SqsEvent } from '../../../local/bus/index.ts';
import { pushEvent } from '../../events/recorded.ts';
import { HandClock } from './hand-clock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drydock-bus-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const pushRoutes = routes.filter((route) => route.name === 'image-pushed');
const push = (repository: string): BusEvent => pushEvent({ 'repository-name': repository });
const names = (event: SqsEvent): string[] =>
  event.Records.map((record) => String((JSON.parse(record.body) as BusEvent).detail['repository-name']));
const start = (
  handler: NonNullable<BusOptions['handlers']['scan-image']>,
  more: Partial<BusOptions> = {},
): Promise<Bus> => createBus({ routes: pushRoutes, folder, handlers: { 'scan-image': handler }, ...more });

describe('a bus in a folder', () => {
  it('starts on no journal that it cannot read, and leaves it there', async () => {
    const file = join(folder, 'bus.jsonl');
    await symlink(file, file);
    await expect(start(async () => undefined)).rejects.toThrow(/bus\.jsonl holds what waits and cannot be read/);
    expect(await readlink(file)).toBe(file);
  });

  it('hands over after a restart what was waiting or under way, and nothing that was done', async () => {
    const first = await start(
      async (event) => {
        if (names(event)[0] !== 'done') throw new Error('not now');
        return undefined;
      },
      { clock: new HandClock() },
    );
    await first.put(push('done'));
    await first.put(push('failed'));
    await first.idle();
    await first.close();

    const seen: [string, string][] = [];
    const clock = new HandClock();
    const second = await start(
      async (event) => {
        seen.push([names(event)[0] ?? '', event.Records[0]?.attributes.ApproximateReceiveCount ?? '']);
        return undefined;
      },
      { clock },
    );
    await clock.advance(60_000);
    await second.drain();
    await second.close();
    expect(seen).toEqual([['failed', '2']]);
    expect(await readFile(join(folder, 'bus.jsonl'), 'utf8')).toContain('"op":"done"');
    await (await start(async () => undefined)).close();
    expect(await readFile(join(folder, 'bus.jsonl'), 'utf8')).toBe('');
  });

  it('keeps dead letters and when schedules ran', async () => {
    const scheduled: BusOptions['routes'] = [
      ...pushRoutes,
      { name: 'often', function: 'sweep', bus: 'default', schedule: 'rate(1 hour)' },
    ];
    const run = async (clock: HandClock): Promise<{ bus: Bus; ran: () => number }> => {
      let ran = 0;
      const bus = await createBus({
        routes: scheduled,
        folder,
        clock,
        queues: { 'scan-image-interactive': { maxReceiveCount: 1 } },
        handlers: {
          'scan-image': async () => {
            throw new Error('broken');
          },
          sweep: async () => {
            ran += 1;
            return undefined;
          },
        },
      });
      return { bus, ran: () => ran };
    };
    const clock = new HandClock();
    const first = await run(clock);
    await first.bus.put(push('poison'));
    await clock.advance(0);
    await first.bus.idle();
    expect(first.ran()).toBe(1);
    await first.bus.close();

    const second = await run(clock);
    expect(second.bus.deadLetters()).toMatchObject([{ error: 'Error: broken', event: push('poison') }]);
    await clock.advance(59 * 60_000);
    expect(second.ran()).toBe(0);
    await clock.advance(60_000);
    await second.bus.idle();
    expect(second.ran()).toBe(1);
    await second.bus.close();
  });

  it('reads past a line that a crash cut off, and past one that is rubbish', async () => {
    const first = await start(() => new Promise(() => undefined));
    await first.put(push('a'));
    await first.put(push('b'));
    // it writes to its file until then: whoever changes the file beside it overwrites what it says
    await first.close({ grace: 0 });
    const path = join(folder, 'bus.jsonl');
    const text = await readFile(path, 'utf8');
    await writeFile(path, `not json\n${text}`);
    await appendFile(path, '{"op":"put","message":{"id":"half');
    const seen: string[] = [];
    const second = await start(async (event) => {
      seen.push(...names(event));
      return undefined;
    });
    await second.drain();
    await second.close();
    expect(seen.sort()).toEqual(['a', 'b']);
  });

  it('does not grow without end', async () => {
    const bus = await start(async () => undefined, {
      queues: { 'scan-image-interactive': { concurrency: 8, batchSize: 10 } },
    });
    for (let round = 0; round < 18; round += 1) {
      await Promise.all(Array.from({ length: 500 }, (_, n) => bus.put(push(`app-${round}-${n}`))));
      await bus.idle();
    }
    await bus.close();
    // 9,000 messages of some 500 bytes and three entries each were written
    expect((await stat(join(folder, 'bus.jsonl'))).size).toBeLessThan(6_000_000);
    const left: string[] = [];
    const again = await start(async (event) => {
      left.push(...names(event));
      return undefined;
    });
    await again.drain();
    await again.close();
    expect(left).toEqual([]);
  });

  it('loses nothing that it took when its process is killed, and does again what was not yet done', async () => {
    const script = join(folder, 'sender.ts');
    const at = (path: string): string => JSON.stringify(fileURLToPath(new URL(path, import.meta.url)));
    await writeFile(
      script,
      `import { createBus } from ${at('../../../local/bus/index.ts')};
       import { routes } from ${at('../../../shared/events/routes.ts')};
       import { pushEvent } from ${at('../../events/recorded.ts')};
       const bus = await createBus({ routes: routes.filter((route) => route.name === 'image-pushed'), folder: ${JSON.stringify(folder)},
         handlers: { 'scan-image': async (event) => { const name = JSON.parse(event.Records[0].body).detail['repository-name'];
           if (Number(name) % 2 === 0) { console.log('did ' + name); return undefined; } return new Promise(() => undefined); } },
         queues: { 'scan-image-interactive': { concurrency: 100000 } } });
       for (let n = 0; ; n += 1) { await bus.put(pushEvent({ 'repository-name': String(n) })); console.log('put ' + n); }`,
    );
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    // what it said up to its end is read: a message that it did right before needs no second delivery
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
      if (said.split('\n').length > 400) child.kill('SIGKILL');
    });
    await once(child, 'close');
    const taken = new Set([...said.matchAll(/^put (\d+)\n/gm)].map((match) => match[1] ?? ''));
    const seen = new Set<string>();
    const bus = await start(async (event) => {
      for (const name of names(event)) seen.add(name);
      return undefined;
    });
    await bus.drain();
    await bus.close();
    const did = new Set([...said.matchAll(/^did (\d+)\n/gm)].map((match) => match[1] ?? ''));
    expect(taken.size).toBeGreaterThan(100);
    for (const name of taken) expect(seen.has(name) || did.has(name), `message ${name}`).toBe(true);
    for (const name of taken) if (Number(name) % 2 === 1) expect(seen.has(name)).toBe(true);
  });
});
