import { randomBytes } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
  ScanCommand,
} from '@aws-sdk/lib-dynamodb';
import { compareBytes } from '../byte-order.ts';
import { checkKey, keyText, normalItem, tokenAttribute } from '../item-form.ts';
import { keyId } from '../keys.ts';
import type { Condition, Item, Key, Range, Table, WriteResult } from '../types.ts';
import { defaultRetry, failureOf, pause, type Retry, repeat, unavailable } from './dynamo-retry.ts';
import { indexName } from './dynamo-schema.ts';

/** Where the table is: a client (the service), or an endpoint (dynalite on this machine, which takes any credentials). */
export type DynamoTableOptions = { readonly tableName: string; readonly retry?: Retry } & (
  | { readonly client: DynamoDBClient }
  | { readonly endpoint: string }
);

/** A client for dynalite; one attempt per call, because the adapter repeats by itself and must know of each attempt. */
export const localClient = (endpoint: string): DynamoDBClient =>
  new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 3000, requestTimeout: 15_000 },
  });

const batchGetSize = 100;
const batchWriteSize = 25;
const parallelBatches = 4;

const clean = (found: Record<string, unknown>): Item => {
  const { [tokenAttribute]: _token, ...item } = found;
  return item as Item;
};
const slices = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, n) => all.slice(n * size, (n + 1) * size));

async function inParallel<T>(tasks: readonly T[], work: (task: T) => Promise<void>): Promise<void> {
  const queue = tasks.values();
  const worker = async (): Promise<void> => {
    for (const task of queue) await work(task);
  };
  await Promise.all(Array.from({ length: Math.min(parallelBatches, tasks.length) }, worker));
}

type StartKey = QueryCommandInput['ExclusiveStartKey'];

type Expression = {
  ConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, unknown>;
};

function expressionOf(condition: Condition | undefined): Expression {
  if (condition === undefined) return {};
  if ('absent' in condition) return { ConditionExpression: 'attribute_not_exists(pk)' };
  const [attribute, value, text] =
    'olderThan' in condition
      ? [condition.olderThan.attribute, condition.olderThan.than, 'attribute_not_exists(pk) OR #a < :v']
      : [condition.equals.attribute, condition.equals.value, '#a = :v'];
  return {
    ConditionExpression: text,
    ExpressionAttributeNames: { '#a': attribute },
    ExpressionAttributeValues: { ':v': value },
  };
}

/**
 * The table in DynamoDB or dynalite. A conditional write carries a random token: when the condition fails or an answer is lost, the item is
 * read back consistently and the own token counts as written (dynalite returns no item on a failed condition, store.md). Throttles, lost
 * answers and unprocessed keys are tried again with jitter, then thrown as StoreError('unavailable').
 */
export function dynamoTable(options: DynamoTableOptions): Table {
  const client = 'client' in options ? options.client : localClient(options.endpoint);
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  const TableName = options.tableName;
  const retry = options.retry ?? defaultRetry;

  const read = async (key: Key, consistent: boolean): Promise<Record<string, unknown> | undefined> =>
    (await documents.send(new GetCommand({ TableName, Key: { pk: key.pk, sk: key.sk }, ConsistentRead: consistent })))
      .Item;

  /** One write until it is certain: `attempt` writes, `done` says from a consistent reading whether it is already there. */
  const certain = async (
    key: Key,
    attempt: () => Promise<unknown>,
    done: (stored: Record<string, unknown> | undefined, lost: boolean) => boolean,
  ): Promise<WriteResult> => {
    const about = keyText(key);
    const alreadyDone = async (lost: boolean): Promise<boolean> =>
      done(await repeat(retry, about, () => read(key, true)), lost);
    let lost = false;
    for (let number = 0; ; number += 1) {
      try {
        await attempt();
        return 'written';
      } catch (error) {
        if (error instanceof Error && error.name === 'ConditionalCheckFailedException') {
          // the SDK of the caller's client may have repeated by itself
          const repeated =
            '$metadata' in error && ((error.$metadata as { attempts?: number } | undefined)?.attempts ?? 1) > 1;
          return (await alreadyDone(lost || repeated)) ? 'written' : 'refused';
        }
        const failure = failureOf(error);
        if (failure === 'ambiguous') {
          lost = true;
          if (await alreadyDone(lost)) return 'written';
        }
        if (failure === 'final' || number + 1 >= retry.attempts) throw unavailable(about, error);
        await pause(retry, number);
      }
    }
  };

  const pages = (input: Omit<QueryCommandInput, 'TableName'>, about: string, limit?: number): AsyncIterable<Item> =>
    pagesOf(
      (ExclusiveStartKey, Limit) =>
        documents.send(new QueryCommand({ ...input, TableName, ExclusiveStartKey, ...(Limit > 0 ? { Limit } : {}) })),
      about,
      input.ExclusiveStartKey,
      limit,
    );

  async function* pagesOf(
    send: (start: StartKey, limit: number) => Promise<Pick<QueryCommandOutput, 'Items' | 'LastEvaluatedKey'>>,
    about: string,
    from: StartKey,
    limit: number | undefined,
  ): AsyncIterable<Item> {
    let left = limit ?? Number.POSITIVE_INFINITY;
    let start = from;
    while (left > 0) {
      const page = await repeat(retry, about, () => send(start, Number.isFinite(left) ? left : 0));
      const items = (page.Items ?? []).slice(0, left);
      left -= items.length;
      for (const item of items) yield clean(item);
      start = page.LastEvaluatedKey;
      if (start === undefined) return;
    }
  }

  const writeBatch = async (batch: readonly BatchRequest[], about: string): Promise<void> => {
    let open: BatchRequest[] = [...batch];
    for (let attempt = 0; open.length > 0; attempt += 1) {
      const answer = await repeat(retry, about, () =>
        documents.send(new BatchWriteCommand({ RequestItems: { [TableName]: open } })),
      );
      const unprocessed = (answer.UnprocessedItems?.[TableName] ?? []) as BatchRequest[];
      // progress starts the count again: only standing still gives up
      if (unprocessed.length < open.length) attempt = 0;
      else if (attempt + 1 >= retry.attempts)
        throw unavailable(about, new Error(`${unprocessed.length} items stayed unprocessed`));
      open = unprocessed;
      if (open.length > 0) await pause(retry, attempt);
    }
  };

  return {
    async get(key, { consistent = false } = {}) {
      checkKey(key);
      const found = await repeat(retry, keyText(key), () => read(key, consistent));
      return found === undefined ? undefined : clean(found);
    },
    async batchGet(keys, { consistent = false } = {}) {
      for (const key of keys) checkKey(key);
      const unique = [...new Map(keys.map((key) => [keyId(key), { pk: key.pk, sk: key.sk }])).values()];
      const found: Item[] = [];
      await inParallel(slices(unique, batchGetSize), async (slice) => {
        const about = `${slice.length} items from ${JSON.stringify(slice[0]?.pk)} on`;
        let open: Record<string, unknown>[] = slice;
        for (let attempt = 0; open.length > 0; attempt += 1) {
          const answer = await repeat(retry, about, () =>
            documents.send(
              new BatchGetCommand({ RequestItems: { [TableName]: { Keys: open, ConsistentRead: consistent } } }),
            ),
          );
          for (const item of answer.Responses?.[TableName] ?? []) found.push(clean(item));
          const unprocessed = answer.UnprocessedKeys?.[TableName]?.Keys ?? [];
          if (unprocessed.length < open.length) attempt = 0;
          else if (attempt + 1 >= retry.attempts)
            throw unavailable(about, new Error(`${unprocessed.length} keys stayed unprocessed`));
          open = unprocessed;
          if (open.length > 0) await pause(retry, attempt);
        }
      });
      return found;
    },
    query(range) {
      const { start, empty } = startOf(range);
      if (empty) return pages({}, '', 0);
      const prefix = range.prefix ?? '';
      return pages(
        {
          KeyConditionExpression: prefix === '' ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :prefix)',
          ExpressionAttributeValues: { ':pk': range.pk, ...(prefix === '' ? {} : { ':prefix': prefix }) },
          ScanIndexForward: !(range.reverse ?? false),
          ConsistentRead: range.consistent ?? false,
          ExclusiveStartKey: start,
        },
        `items of ${JSON.stringify(range.pk)}`,
        range.limit,
      );
    },
    async put(item, condition) {
      const normal = normalItem(item);
      if (condition === undefined) {
        await repeat(retry, keyText(item), () => documents.send(new PutCommand({ TableName, Item: normal })));
        return 'written';
      }
      const token = randomBytes(16).toString('base64url');
      const command = new PutCommand({
        TableName,
        Item: { ...normal, [tokenAttribute]: token },
        ...expressionOf(condition),
      });
      return certain(
        item,
        () => documents.send(command),
        (stored) => stored?.[tokenAttribute] === token,
      );
    },
    async delete(key, condition) {
      checkKey(key);
      const command = new DeleteCommand({ TableName, Key: { pk: key.pk, sk: key.sk }, ...expressionOf(condition) });
      if (condition !== undefined) {
        return certain(
          key,
          () => documents.send(command),
          (stored, lost) => lost && stored === undefined,
        );
      }
      await repeat(retry, keyText(key), () => documents.send(command));
      return 'written';
    },
    async batchWrite(puts, deletes = []) {
      const requests = new Map<string, BatchRequest>();
      for (const key of deletes) {
        checkKey(key);
        requests.set(keyId(key), { DeleteRequest: { Key: { pk: key.pk, sk: key.sk } } });
      }
      for (const item of puts) requests.set(keyId(item), { PutRequest: { Item: normalItem(item) } });
      await inParallel(slices([...requests.values()], batchWriteSize), (batch) =>
        writeBatch(batch, `a batch of ${batch.length} writes from ${firstKey(batch)} on`),
      );
    },
    list(index, { reverse = false, limit, after } = {}) {
      return pages(
        {
          IndexName: indexName,
          KeyConditionExpression: after === undefined ? 'ix = :ix' : `ix = :ix AND ixs ${reverse ? '<' : '>'} :after`,
          ExpressionAttributeValues: { ':ix': index, ...(after === undefined ? {} : { ':after': after }) },
          ScanIndexForward: !reverse,
        },
        `the list ${index}`,
        limit,
      );
    },
    scan({ after } = {}) {
      return pagesOf(
        (ExclusiveStartKey) => documents.send(new ScanCommand({ TableName, ExclusiveStartKey })),
        'all items',
        after === undefined ? undefined : { pk: after.pk, sk: after.sk },
        undefined,
      );
    },
  };
}

type BatchRequest = { PutRequest: { Item: Item } } | { DeleteRequest: { Key: { pk: string; sk: string } } };

const firstKey = (batch: readonly BatchRequest[]): string => {
  const [first] = batch;
  return first === undefined ? '' : keyText('PutRequest' in first ? first.PutRequest.Item : first.DeleteRequest.Key);
};

/** Where a range starts. DynamoDB refuses a start key outside the prefix, so such an `after` is turned into all or nothing. */
function startOf(range: Range): { start: Key | undefined; empty: boolean } {
  const { after, prefix = '', pk } = range;
  if (after === undefined) return { start: undefined, empty: false };
  if (after.startsWith(prefix) && after !== '') return { start: { pk, sk: after }, empty: false };
  const before = after === '' || compareBytes(after, prefix) < 0;
  return { start: undefined, empty: before === (range.reverse ?? false) };
}
