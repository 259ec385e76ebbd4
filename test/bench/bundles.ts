import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { bundling, projectRoot, threadBundles } from '../../infra/bundling.ts';

/** A bundled function: its size, what takes the most of it, and how long a fresh process needs to import it. */
interface Bundle {
  readonly name: string;
  readonly bytes: number;
  /** the largest packages and rooms in it, bytes of output each */
  readonly largest: readonly (readonly [name: string, bytes: number])[];
  readonly importMs: number;
  /** the quickest of the processes: what it needs when nothing else runs on the machine */
  readonly quickestMs: number;
  /** median CPU time of the import: what a quiet machine would need, whatever else runs on this one */
  readonly cpuMs: number;
}

const hold = { bytes: 1_000_000, importMs: 200 };

/** What the stacks tell the functions, with places that nobody asks. */
const surroundings = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'none',
  AWS_SECRET_ACCESS_KEY: 'none',
  DRYDOCK_TABLE: 'table',
  DRYDOCK_BUCKET: 'bucket',
  DRYDOCK_ACCOUNT: '000000000000',
  DRYDOCK_URL_SUFFIX: 'amazonaws.com',
  DRYDOCK_TOPIC: 'arn:aws:sns:eu-central-1:000000000000:alerts',
  DRYDOCK_ADVISORIES: 'https://advisories.invalid',
  DRYDOCK_REMEDIATE: 'arn:aws:lambda:eu-central-1:000000000000:function:drydock-remediate:live',
};

/** Every function: the folders under functions/ that have an index.ts. */
const functions = (): string[] =>
  readdirSync(path.join(projectRoot, 'functions'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .filter((name) => readdirSync(path.join(projectRoot, 'functions', name)).includes('index.ts'))
    .sort();

async function bundle(name: string, folder: string): Promise<Bundle> {
  const outfile = path.join(folder, name, 'index.mjs');
  const { metafile } = await build({
    ...bundling,
    mainFields: [...bundling.mainFields],
    banner: { js: bundling.banner },
    entryPoints: [path.join(projectRoot, 'functions', name, 'index.ts')],
    outfile,
    bundle: true,
    metafile: true,
    absWorkingDir: projectRoot,
    logLevel: 'error',
  });
  const beside = threadBundles(name, path.dirname(outfile));
  const { target, format, platform } = bundling;
  for (const { entry, outfile: thread } of beside)
    await build({ entryPoints: [entry], outfile: thread, bundle: true, minify: true, target, format, platform });
  const [output] = Object.entries(metafile.outputs).filter(([file]) => file.endsWith('.mjs'));
  const parts = new Map<string, number>();
  for (const [file, { bytesInOutput }] of Object.entries(output?.[1].inputs ?? {})) {
    const part = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? file.split('/').slice(0, 2).join('/');
    parts.set(part, (parts.get(part) ?? 0) + bytesInOutput);
  }
  return {
    name,
    bytes: (output?.[1].bytes ?? 0) + beside.reduce((sum, each) => sum + statSync(each.outfile).size, 0),
    largest: [...parts].sort(([, a], [, b]) => b - a).slice(0, 4),
    ...coldImport(outfile),
  };
}

/** Median and quickest of nine fresh processes, from before the import to after it; a process's own start is not the function's. */
function coldImport(file: string): Pick<Bundle, 'importMs' | 'quickestMs' | 'cpuMs'> {
  const script = `const t = performance.now(); const c = process.cpuUsage(); await import(${JSON.stringify(file)}); const wall = performance.now() - t; const { user, system } = process.cpuUsage(c); process.stdout.write(JSON.stringify({ wall, cpu: (user + system) / 1000 })); process.exit(0);`;
  const runs = Array.from({ length: 9 }, () => {
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, ...surroundings },
      encoding: 'utf8',
    });
    if (run.status !== 0) throw new Error(`${file} cannot be imported: ${run.stderr}`);
    return JSON.parse(run.stdout) as { readonly wall: number; readonly cpu: number };
  });
  const sorted = (of: 'wall' | 'cpu') => runs.map((run) => run[of]).sort((a, b) => a - b);
  const [quickestMs = Number.NaN, , , , importMs = Number.NaN] = sorted('wall');
  return { importMs, quickestMs, cpuMs: sorted('cpu')[4] ?? Number.NaN };
}

/** Bundles each function as the stacks do and prints its size and cold import; false when one is over what design.md section 6 holds. */
export async function bench(): Promise<boolean> {
  const folder = mkdtempSync(path.join(tmpdir(), 'drydock-bundles-'));
  try {
    let good = true;
    console.log(`bundles (hold: under ${hold.bytes / 1000} KB, import under ${hold.importMs} ms)`);
    for (const name of functions()) {
      const { bytes, largest, importMs, quickestMs, cpuMs } = await bundle(name, folder);
      good &&= bytes < hold.bytes && importMs < hold.importMs;
      const parts = largest.map(([part, size]) => `${part} ${Math.round(size / 1000)}`).join(', ');
      console.log(
        `${name.padEnd(19)} ${String(Math.round(bytes / 1000)).padStart(5)} KB  ${importMs.toFixed(0).padStart(4)} ms (quickest ${quickestMs.toFixed(0)}, CPU ${cpuMs.toFixed(0)})   ${parts}`,
      );
    }
    return good;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
