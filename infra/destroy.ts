import { setTimeout as wait } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoTable } from '#shared/store/adapters/dynamo-table';
import { destroyOptions, destroyUsage, UsageError } from './arguments.ts';
import { confirmed, failed } from './ask.ts';
import { stackNames } from './build-app.ts';
import { CdkFailed, cdk } from './cdk-cli.ts';
import { CloudRefused, deleteBucket, deleteTable, findData } from './cloud.ts';
import { endRollouts } from './end-rollouts.ts';
import { leftoversText } from './leftovers.ts';
import { whatWasDone } from './what-was-done.ts';

async function destroy(args: readonly string[]): Promise<number> {
  const options = destroyOptions(args);
  if (options === 'help') {
    process.stdout.write(destroyUsage);
    return 0;
  }
  const data = await findData(stackNames.observe);
  const [tableName] = data.tables;
  const table =
    tableName === undefined || data.tables.length > 1
      ? undefined
      : dynamoTable({ client: new DynamoDBClient({ maxAttempts: 1 }), tableName });
  const done =
    table === undefined ? { revisions: [], running: [], unknown: whyUnknown(data.tables) } : await whatWasDone(table);
  process.stdout.write(`${leftoversText({ ...data, ...done, deleteData: options.deleteData })}\n`);
  const word = options.deleteData ? 'delete' : 'yes';
  if (!(await confirmed('Take Drydock away?', { yes: options.yes, word }))) {
    process.stdout.write('Nothing was changed.\n');
    return 1;
  }
  if (table !== undefined && done.running.length > 0 && !options.leaveRollouts) {
    const say = (text: string): void => void process.stdout.write(`${text}\n`);
    say('Waiting for the rollouts that are under way …');
    const left = await endRollouts(table, done.running, { now: () => new Date(), wait: (ms) => wait(ms), say });
    if (left.length > 0) {
      say(
        `These have not ended: ${left.join(', ')}. Nothing was taken away. Look at them with "npx drydock rollouts", try again later, or leave them as they are with --leave-rollouts.`,
      );
      return 1;
    }
  }
  // both stacks, whether they are there or not; the role pattern is only there for the configuration to be whole
  await cdk([
    'destroy',
    '--force',
    '--context',
    'drydock:repair=true',
    '--context',
    'drydock:passRoles=drydock-none',
    stackNames.repair,
    stackNames.observe,
  ]);
  if (options.deleteData) {
    for (const name of data.tables) await deleteTable(name);
    for (const name of data.buckets) await deleteBucket(name);
  }
  process.stdout.write(
    options.deleteData
      ? 'Nothing of Drydock is left but what is listed above.\n'
      : 'The data stays; "npm run destroy -- --delete-data" deletes it.\n',
  );
  return 0;
}

const whyUnknown = (tables: readonly string[]): string =>
  tables.length === 0
    ? 'there is no table of Drydock here'
    : `there are ${tables.length} tables, of which one or more outlived an earlier deployment`;

try {
  process.exitCode = await destroy(process.argv.slice(2));
} catch (error) {
  process.exitCode = failed(error, [UsageError, CdkFailed, CloudRefused]);
}
