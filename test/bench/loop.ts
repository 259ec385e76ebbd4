// Start-up, push-to-finding, and what a second image on a known base costs, through the real stack: `npm run bench -- loop`.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bookworm } from '../../local/demo/root-filesystems.ts';
import { startStack } from '../../local/stack/index.ts';
import { type BuiltLayer, buildImage, buildLayer, parseReference, pushImage } from '../../shared/oci/index.ts';

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Files of text and noise, about half of which compresses: what application layers are made of. */
const files = (prefix: string, count: number, bytes: number) =>
  Array.from({ length: count }, (_, index) => ({
    path: `${prefix}/${index}.bin`,
    content: Buffer.concat([randomBytes(bytes / 2), Buffer.alloc(bytes / 2, `${prefix}${index}`)]),
  }));

export async function bench(): Promise<void> {
  const starts: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const folder = await mkdtemp(path.join(tmpdir(), 'drydock-bench-'));
    const began = performance.now();
    const stack = await startStack(
      { folder, fresh: false, demo: false, offline: true, advisories: '' },
      () => undefined,
    );
    starts.push(performance.now() - began);
    await stack.close();
    await rm(folder, { recursive: true });
  }
  process.stdout.write(
    `start-up until every endpoint answers: ${median(starts).toFixed(0)} ms (median of 5, in one process)\n`,
  );

  const folder = await mkdtemp(path.join(tmpdir(), 'drydock-bench-'));
  const stack = await startStack({ folder, fresh: false, demo: false, offline: true, advisories: '' }, () => undefined);
  try {
    const base = buildLayer([...bookworm('vulnerable'), ...files('usr/share/base', 120, 1_000_000)]);
    const app = buildLayer(files('app', 60, 400_000));
    const first = await pushToFinding(stack, 'first', [base, app]);
    const second = await pushToFinding(stack, 'second', [base, buildLayer(files('app2', 12, 800_000))]);
    const tiny = await pushToFinding(stack, 'tiny', [base, buildLayer(files('app3', 1, 1_000))]);
    for (const [name, each] of Object.entries({
      'first image': first,
      'second image on the same base': second,
      'third, a tiny layer': tiny,
    }))
      process.stdout.write(
        `${name}: ${mega(each.imageBytes)} MB compressed, ${mega(each.newBytes)} MB new, ${mega(each.fetched)} MB fetched (${(each.fetched / Math.max(1, each.newBytes)).toFixed(3)} of the new layers), findings ${each.milliseconds.toFixed(0)} ms after the manifest\n`,
      );
  } finally {
    await stack.close();
    await rm(folder, { recursive: true });
  }
}

const mega = (bytes: number): string => (bytes / 1_000_000).toFixed(1);

async function pushToFinding(
  stack: Awaited<ReturnType<typeof startStack>>,
  repository: string,
  layers: readonly BuiltLayer[],
) {
  const image = buildImage({ layers });
  let pushed = 0;
  const scanned = new Promise<{ at: number; fetched: number }>((resolve) => {
    const end = stack.bus.subscribe((event) => {
      if (event['detail-type'] === 'ECR Image Action' && event.detail['repository-name'] === repository)
        pushed = performance.now();
      if (event['detail-type'] !== 'ImageScanned' || event.detail.repository !== repository) return;
      end();
      resolve({ at: performance.now(), fetched: Number(event.detail.bytesFetched) });
    });
  });
  await pushImage(image.source, parseReference(`${stack.registry}/${repository}:1`));
  const { at, fetched } = await scanned;
  const known = seen;
  const fresh = layers.filter((layer) => !known.has(layer.descriptor.digest));
  for (const layer of layers) seen.add(layer.descriptor.digest);
  return { imageBytes: sum(layers), newBytes: sum(fresh), fetched, milliseconds: at - pushed };
}

const seen = new Set<string>();
const sum = (layers: readonly BuiltLayer[]): number =>
  layers.reduce((total, layer) => total + layer.descriptor.size, 0);
