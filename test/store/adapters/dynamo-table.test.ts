import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDatabase } from '#local/database';
import { tableContract } from '../../contract/table.ts';

tableContract('DynamoDB on dynalite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'drydock-table-'));
  const database = await startDatabase({ folder });
  return {
    table: database.table,
    close: async () => {
      await database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
});
