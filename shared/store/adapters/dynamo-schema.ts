import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { StoreError } from '../errors.ts';

/** The sparse index, for lists on screens only; a name has three characters at least (CreateTable API). */
export const indexName = 'lists';

/** The shape of the one table, for dynalite and for tests; in AWS infra/ says the same. */
export const tableSchema = (tableName: string): CreateTableCommandInput => ({
  TableName: tableName,
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: ['pk', 'sk', 'ix', 'ixs'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: indexName,
      KeySchema: [
        { AttributeName: 'ix', KeyType: 'HASH' },
        { AttributeName: 'ixs', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
});

const named = (error: unknown, name: string): boolean => error instanceof Error && error.name === name;

/** Makes the table unless it is there, and waits until it can be used (a minute at most). */
export async function createTable(client: DynamoDBClient, tableName: string): Promise<void> {
  try {
    await client.send(new CreateTableCommand(tableSchema(tableName)));
  } catch (error) {
    if (!named(error, 'ResourceInUseException')) throw error;
  }
  const end = Date.now() + 60_000;
  while (Date.now() < end) {
    const found = await client.send(new DescribeTableCommand({ TableName: tableName })).catch((error: unknown) => {
      if (named(error, 'ResourceNotFoundException')) return undefined;
      throw error;
    });
    if (found?.Table?.TableStatus === 'ACTIVE') return;
    await new Promise((done) => setTimeout(done, 20));
  }
  throw new StoreError(
    'unavailable',
    `table ${tableName}`,
    'it did not become ready within a minute; look at it in the console',
  );
}
