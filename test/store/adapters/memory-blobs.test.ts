import { memoryBlobs } from '#shared/store';
import { blobsContract } from '../../contract/blobs.ts';

blobsContract('memory', async () => ({ blobs: memoryBlobs() }));
