import { memoryTable } from '#shared/store';
import { tableContract } from '../../contract/table.ts';

tableContract('memory', async () => ({ table: memoryTable() }));
