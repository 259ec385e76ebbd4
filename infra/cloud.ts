import {
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ListTagsOfResourceCommand,
  paginateListTables,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';
import { DescribeRegistryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetBucketTaggingCommand,
  ListObjectVersionsCommand,
  paginateListBuckets,
  S3Client,
} from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { ListedImage } from '#shared/sweep';
import { ecrCatalogue } from '../shared/sweep/adapters/ecr-catalogue.ts';
import { dataTag } from './constructs/store.ts';

/** The account of the credentials, by ECR; throws what the SDK throws when there are none. */
export async function accountId(): Promise<string | undefined> {
  return (await new ECRClient({}).send(new DescribeRegistryCommand({}))).registryId;
}

/** The region that the SDK would use; undefined when nothing says one. */
export async function regionOf(): Promise<string | undefined> {
  try {
    return await new ECRClient({}).config.region();
  } catch {
    return undefined;
  }
}

/** What ECR lists, up to a number of images or seconds: an estimate needs no more. */
export async function listRegistry(limits: {
  readonly images: number;
  readonly milliseconds: number;
}): Promise<{ readonly listed: ListedImage[]; readonly cut: boolean }> {
  const client = new ECRClient({ retryMode: 'adaptive' });
  const until = Date.now() + limits.milliseconds;
  const listed: ListedImage[] = [];
  const catalogue = ecrCatalogue({ client, registry: 'ecr' });
  for await (const repository of catalogue.repositories())
    for await (const image of catalogue.images(repository)) {
      if (listed.length >= limits.images || Date.now() > until) return { listed, cut: true };
      if (image.attachedTo === undefined) listed.push(image);
    }
  return { listed, cut: false };
}

/** Whether a function of this name is deployed. Unknown counts as no. */
export async function functionThere(name: string): Promise<boolean> {
  return new LambdaClient({}).send(new GetFunctionCommand({ FunctionName: name })).then(
    () => true,
    () => false,
  );
}

/** Puts an event into a queue as EventBridge would, to be seen after so many seconds. */
export async function sendTo(queueUrl: string, event: object, delaySeconds: number): Promise<void> {
  await new SQSClient({}).send(
    new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(event), DelaySeconds: delaySeconds }),
  );
}

/** What AWS does not let us see; the message says what to allow. */
export class CloudRefused extends Error {
  override readonly name = 'CloudRefused';
}

/** The tables and buckets that carry our tag, whether their stack is still there or not. Throws CloudRefused: what cannot be seen is never taken for not there. */
export async function findData(stackName: string): Promise<{ readonly tables: string[]; readonly buckets: string[] }> {
  const dynamo = new DynamoDBClient({});
  const s3 = new S3Client({});
  const tables: string[] = [];
  for await (const page of paginateListTables({ client: dynamo }, {}))
    for (const name of page.TableNames ?? [])
      if (name.startsWith(`${stackName}-`) && (await tableIsOurs(dynamo, name))) tables.push(name);
  const buckets: string[] = [];
  for await (const page of paginateListBuckets({ client: s3 }, { Prefix: `${stackName.toLowerCase()}-` }))
    for (const { Name } of page.Buckets ?? [])
      if (Name !== undefined && (await bucketIsOurs(s3, Name))) buckets.push(Name);
  return { tables, buckets };
}

async function tableIsOurs(client: DynamoDBClient, name: string): Promise<boolean> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
  const { Tags } = await client.send(new ListTagsOfResourceCommand({ ResourceArn: Table?.TableArn }));
  return Tags?.some((tag) => tag.Key === dataTag) ?? false;
}

async function bucketIsOurs(client: S3Client, name: string): Promise<boolean> {
  try {
    const { TagSet } = await client.send(new GetBucketTaggingCommand({ Bucket: name }));
    return TagSet?.some((tag) => tag.Key === dataTag) ?? false;
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'NoSuchTagSet') return false;
    const said = cause instanceof Error ? cause.name : String(cause);
    throw new CloudRefused(
      `whether the bucket ${name} is Drydock's cannot be seen (${said}); allow s3:GetBucketTagging and try again`,
      { cause },
    );
  }
}

/** Deletes a table for good, and waits until it is gone: its protection first, and point-in-time recovery, which would leave a backup for 35 days. */
export async function deleteTable(name: string): Promise<void> {
  const client = new DynamoDBClient({});
  await client.send(new UpdateTableCommand({ TableName: name, DeletionProtectionEnabled: false }));
  await waitUntilTableExists({ client, maxWaitTime: 120 }, { TableName: name });
  await client.send(
    new UpdateContinuousBackupsCommand({
      TableName: name,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
    }),
  );
  await client.send(new DeleteTableCommand({ TableName: name }));
  await waitUntilTableNotExists({ client, maxWaitTime: 600 }, { TableName: name });
}

/** Deletes every version of every object of a bucket, then the bucket. */
export async function deleteBucket(name: string): Promise<void> {
  const client = new S3Client({});
  for (;;) {
    const page = await client.send(new ListObjectVersionsCommand({ Bucket: name, MaxKeys: 1000 }));
    const objects = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ Key, VersionId }) => ({
      Key,
      VersionId,
    }));
    if (objects.length === 0) break;
    const { Errors } = await client.send(
      new DeleteObjectsCommand({ Bucket: name, Delete: { Objects: objects, Quiet: true } }),
    );
    const [failed] = Errors ?? [];
    if (failed !== undefined)
      throw new Error(
        `${failed.Key} of bucket ${name} cannot be deleted: ${failed.Code} ${failed.Message}; allow s3:DeleteObjectVersion and try again`,
      );
  }
  await client.send(new DeleteBucketCommand({ Bucket: name }));
}
