import { runDrydock } from './run.ts';

await runDrydock(process.argv.slice(2));
