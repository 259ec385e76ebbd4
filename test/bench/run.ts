// Runs benchmarks by name, or all of them: `npm run bench -- inventory judge`. Each file here exports `bench(): Promise<void>`.
import { readdirSync } from 'node:fs';
import { cpus } from 'node:os';

const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => file.slice(0, -3));

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`there is no benchmark ${unknown.join(', ')}; there are: ${names.join(', ')}\n`);
  process.exit(1);
}
process.stdout.write(
  `Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, ${new Date().toISOString().slice(0, 10)}\n`,
);
for (const name of asked.length > 0 ? asked : names) {
  process.stdout.write(`\n## ${name}\n`);
  const module = (await import(`./${name}.ts`)) as { readonly bench?: () => Promise<void> };
  if (module.bench === undefined) throw new Error(`test/bench/${name}.ts exports no bench()`);
  await module.bench();
}
