import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { type AdvisoryBook, advisoryBook } from '#shared/advisories';
import type { Blobs, Table } from '#shared/store';
import { dynamoTable } from '#shared/store/adapters/dynamo-table';
import { s3Blobs } from '#shared/store/adapters/s3-blobs';
import { busPut } from './bus.ts';
import { type Emit, makeEmit } from './emit.ts';

const name = z.string().min(1);

/** What every function is told about its surroundings; infra/ sets it. */
const schema = z.object({
  DRYDOCK_TABLE: name,
  DRYDOCK_BUCKET: name,
  DRYDOCK_ACCOUNT: name,
  DRYDOCK_URL_SUFFIX: name,
  AWS_REGION: name,
});

/** Reads members of the environment. Throws with the names of those that are missing: the stack and the code are of different versions then. */
export function environment<T extends z.ZodType>(members: T): z.output<T> {
  const parsed = members.safeParse(process.env);
  if (!parsed.success)
    throw new Error(
      `the environment of the function is not what its code expects (deploy again): ${z.prettifyError(parsed.error)}`,
    );
  return parsed.data;
}

/** What all functions share: the store, the advisories, the clock, and the bus to speak on. */
export interface Surroundings {
  readonly account: string;
  readonly region: string;
  /** what the hosts of AWS end with in this partition: `amazonaws.com` */
  readonly urlSuffix: string;
  /** host of the private ECR registry of an account and region */
  readonly registryOf: (account: string, region: string) => string;
  readonly table: Table;
  readonly blobs: Blobs;
  readonly book: AdvisoryBook;
  readonly now: () => Date;
  readonly emit: Emit;
}

/** Binds what all functions share, once per execution environment. */
export function surroundings(): Surroundings {
  const env = environment(schema);
  const account = env.DRYDOCK_ACCOUNT;
  const region = env.AWS_REGION;
  const urlSuffix = env.DRYDOCK_URL_SUFFIX;
  const now = () => new Date();
  const registryOf = (of: string, at: string) => `${of}.dkr.ecr.${at}.${urlSuffix}`;
  // the adapter repeats by itself and must know of each attempt
  const table = dynamoTable({ client: new DynamoDBClient({ maxAttempts: 1 }), tableName: env.DRYDOCK_TABLE });
  const blobs = s3Blobs({ client: new S3Client({}), bucket: env.DRYDOCK_BUCKET });
  return {
    account,
    region,
    urlSuffix,
    registryOf,
    table,
    blobs,
    book: advisoryBook({ table, blobs }),
    now,
    emit: makeEmit({ table, put: busPut({ region, urlSuffix }), now, id: randomUUID, account, region }),
  };
}

/**
 * Starts a durable execution by its alias, under a name: asking again under the same name starts none. Only qualified ARNs are taken; a durable
 * function cannot be invoked otherwise (aws.md section 5).
 */
export function durableStarter(
  alias: string,
  client: Pick<LambdaClient, 'send'> = new LambdaClient({}),
): (execution: string, payload: object) => Promise<void> {
  if (!/:function:[^:]+:[^:]+$/.test(alias)) throw new Error(`${alias} is no qualified function ARN; name an alias`);
  return async (execution, payload) => {
    try {
      await client.send(
        new InvokeCommand({
          FunctionName: alias,
          InvocationType: 'Event',
          DurableExecutionName: execution,
          Payload: Buffer.from(JSON.stringify(payload)),
        }),
      );
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'DurableExecutionAlreadyStartedException') throw error;
    }
  };
}
