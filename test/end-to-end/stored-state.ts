import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { unpackJson } from '#shared/store';
import { localClient } from '#shared/store/adapters/dynamo-table';

/** What changes when the same thing is done again: counters, times of looking, the write token, and the index's order, which is made of times. */
const ofTheMoment = new Set(['rev', 'readAt', 'at', 'w', 'ixs', 'pending', 'owed', 'madeAt', 'offeredAt']);

/** Times that tell when something was first seen: another run has others. */
const ofTheRun = new Set(['since', 'firstSeen', 'resolvedAt', 'startedAt', 'pushedAt', 'deployment', 'told']);

/**
 * Everything that a stack's table holds, by key, without the timeline and without what is of the moment; `anotherRun` also leaves out what only a run of its
 * own has, to compare two runs over the same registry and fleet.
 */
export async function storedState(
  endpoint: string,
  options: { readonly anotherRun?: boolean } = {},
): Promise<Record<string, unknown>> {
  const client = localClient(endpoint);
  const state: Record<string, unknown> = {};
  try {
    for (let from: Record<string, unknown> | undefined, first = true; first || from !== undefined; first = false) {
      const page = (await client.send(
        new ScanCommand({ TableName: 'drydock', ...(from === undefined ? {} : { ExclusiveStartKey: from }) }) as never,
      )) as { Items?: Record<string, unknown>[]; LastEvaluatedKey?: Record<string, unknown> };
      for (const item of page.Items ?? [])
        if (!String(item.pk).startsWith('E#'))
          state[`${item.pk} ${item.sk}`] = plain(item, options.anotherRun === true);
      from = page.LastEvaluatedKey;
    }
  } finally {
    client.destroy();
  }
  return state;
}

const time = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;

function plain(value: unknown, anotherRun: boolean): unknown {
  if (value instanceof Uint8Array) return plain(unpackJson(Buffer.from(value)), anotherRun);
  if (Array.isArray(value)) return value.map((each) => plain(each, anotherRun));
  if (typeof value === 'string') return anotherRun ? value.replace(time, '<time>') : value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !ofTheMoment.has(name) && !(anotherRun && ofTheRun.has(name)))
      .map(([name, member]) => [name, plain(member, anotherRun)])
      .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
  );
}
