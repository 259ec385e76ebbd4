import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ZodError } from 'zod';
import { EventError, inParts, makeEvent, parseBusEvent } from '#shared/events';
import { recorded } from './recorded.ts';

const at = { now: new Date('2026-11-20T10:00:00.123Z'), id: 'e-1', account: '111122223333', region: 'eu-west-1' };

describe('an envelope', () => {
  it('is read back as AWS wrote it', () => {
    for (const [, , event] of recorded) expect(parseBusEvent(JSON.stringify(event))).toEqual(event);
  });

  it('has no detail when the scheduler sends it as text', () => {
    const { detail } = parseBusEvent(
      JSON.stringify({
        version: '0',
        id: '1',
        'detail-type': 'Scheduled Event',
        source: 'aws.scheduler',
        account: '1',
        time: 't',
        region: 'r',
        resources: [],
        detail: '{}',
      }),
    );
    expect(detail).toEqual({});
  });

  it('is refused for good when it is none', () => {
    const good = recorded[0]![2];
    for (const body of [
      '',
      '{',
      'null',
      '[]',
      '"x"',
      JSON.stringify({ ...good, detail: [] }),
      JSON.stringify({ ...good, source: 7 }),
      JSON.stringify({ ...good, id: '' }),
    ]) {
      expect(() => parseBusEvent(body), body).toThrow(ZodError);
    }
    fc.assert(
      fc.property(fc.string(), (body) => {
        expect(() => parseBusEvent(body)).toThrow(ZodError);
      }),
    );
  });
});

describe('an event of our own', () => {
  it('is what readers parse, with its defaults', () => {
    const event = makeEvent('ImageWanted', { registry: 'r', repository: 'a', tag: 'x', more: 1 }, at);
    expect(event).toEqual({
      version: '0',
      id: 'e-1',
      'detail-type': 'ImageWanted',
      source: 'drydock',
      account: '111122223333',
      time: '2026-11-20T10:00:00.123Z',
      region: 'eu-west-1',
      resources: [],
      detail: { registry: 'r', repository: 'a', tag: 'x', more: 1, lane: 'interactive' },
    });
    expect(parseBusEvent(JSON.stringify(event))).toEqual(event);
  });

  it('is not sent when readers would refuse it', () => {
    const send = (type: string, detail: object) => () => makeEvent(type, detail, at);
    expect(send('ImageWanted', { registry: 'r', repository: 'a' })).toThrow(/ImageWanted.*needs a tag or a digest/s);
    expect(send('ImageWanted', { registry: 'r', repository: 'a', digest: 'sha256:12' })).toThrow(
      /must be a digest.*at digest/s,
    );
    expect(send('NoSuchThing', {})).toThrow(/no schema; add one/);
    expect(send('constructor', {})).toThrow(EventError);
    expect(
      send('WorkloadsTouched', { workloads: Array.from({ length: 5000 }, (_, n) => `${n}`.padStart(250, 'x')) }),
    ).toThrow(/bytes.*send several/);
  });
});

describe('names in parts', () => {
  const changes = fc.array(
    fc.record({
      shard: fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }),
      names: fc.array(fc.string({ unit: 'binary', maxLength: 30 }), { maxLength: 40 }),
    }),
    { maxLength: 8 },
  );
  it('lose nothing, keep the order, fit the size, and none is empty', () => {
    fc.assert(
      fc.property(changes, fc.integer({ min: 600, max: 2000 }), (all, most) => {
        const parts = inParts(all, most);
        const flat = (list: readonly { shard: string; names: readonly string[] }[]): string[][] =>
          list.flatMap(({ shard, names }) => names.map((name) => [shard, name]));
        expect(flat(parts.flat())).toEqual(flat(all));
        for (const part of parts) {
          expect(Buffer.byteLength(JSON.stringify(part))).toBeLessThanOrEqual(most + 2);
          expect(flat(part).length).toBeGreaterThan(0);
          for (const { names } of part) expect(names.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('are one part when they are few', () => {
    expect(inParts([{ shard: 'npm', names: ['a'] }])).toEqual([[{ shard: 'npm', names: ['a'] }]]);
    expect(inParts([{ shard: 'npm', names: [] }])).toEqual([]);
  });
});
