// A registry in a process of its own, for a test that kills it: prints its URL.
import { startRegistry } from '../../../local/registry/index.ts';

const registry = await startRegistry({ folder: process.argv[2] ?? '' });
process.stdout.write(`${registry.url}\n`);
