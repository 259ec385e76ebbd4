import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { readWorkload } from '#shared/findings';
import { listRollouts, readRows, stopRollout } from '#shared/remedy';
import type { Table } from '#shared/store';
import { dynamoTable } from '#shared/store/adapters/dynamo-table';
import { destroyOptions, destroyUsage, UsageError } from './arguments.ts';
import { confirmed, failed } from './ask.ts';
import { stackNames } from './build-app.ts';
import { CdkFailed, cdk } from './cdk-cli.ts';
import { deleteBucket, deleteTable, findData } from './cloud.ts';
import { type Leftovers, leftoversText } from './leftovers.ts';

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
    table === undefined ? { revisions: [], running: [], unknown: whyUnknown(data.tables) } : await doneBy(table);
  process.stdout.write(`${leftoversText({ ...data, ...done, deleteData: options.deleteData })}\n`);
  const word = options.deleteData ? 'delete' : 'yes';
  if (!(await confirmed('Take Drydock away?', { yes: options.yes, word }))) {
    process.stdout.write('Nothing was changed.\n');
    return 1;
  }
  if (table !== undefined)
    for (const rollout of done.running) await stopRollout(table, rollout, 'npm run destroy', new Date());
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

/** What rollouts registered, by their rows, and which are still under way. */
async function doneBy(table: Table): Promise<Pick<Leftovers, 'revisions' | 'running'>> {
  const revisions = new Map<string, Leftovers['revisions'][number]>();
  const running: string[] = [];
  for (const head of await listRollouts(table, 1_000)) {
    if (head.state === 'running') running.push(head.rollout);
    for (const row of await readRows(table, head.rollout)) {
      const made = [row.how === 'register' ? row.definition : undefined, row.revert?.definition].filter(
        (definition) => definition !== undefined && definition !== row.previous?.definition,
      );
      for (const definition of made) {
        if (definition === undefined || revisions.has(`${definition} ${row.workload}`)) continue;
        const stands = (await readWorkload(table, row.workload))?.definition === definition;
        revisions.set(`${definition} ${row.workload}`, { definition, workload: row.workload, stands });
      }
    }
  }
  return { revisions: [...revisions.values()], running };
}

try {
  process.exitCode = await destroy(process.argv.slice(2));
} catch (error) {
  process.exitCode = failed(error, [UsageError, CdkFailed]);
}
