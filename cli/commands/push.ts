import {
  formatReference,
  type ImageReference,
  openSource,
  parseReference,
  pushImage,
  RegistryUnavailable,
} from '#shared/oci';
import { readArguments } from '../arguments.ts';
import { defaultData, notAnswering, readEndpoints } from '../endpoints.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { plainText } from '../plain-text.ts';
import { registryLogins } from '../registry-logins.ts';
import type { Terminal } from '../terminal.ts';
import { bytesText } from '../words.ts';

export const usage = `drydock push <image> <name:tag> [options]

  <image>          an OCI layout folder (./layout or ./layout:name), an archive, or a registry reference
  <name:tag>       where to: app:1.0 is the running stack's registry, ghcr.io/owner/app:1.0 any other

  --data <folder>  the stack's data folder (default: ${defaultData})
  -q, --quiet      print the digest only

  drydock push ./layout checkout:1.1
`;

/** Copies an image from anywhere to the stack's registry, or to any other. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = readArguments(
    args,
    { data: { type: 'string', default: defaultData }, quiet: { type: 'boolean', short: 'q', default: false } },
    ['<image>', '<name:tag>'],
  );
  const [from = '', to = ''] = positionals;
  const { reference, local } = await targetOf(to, values.data);
  const credentials = registryLogins();
  const source = await openSource(from, { credentials });
  let blobs = 0;
  try {
    const { digest, pushedBytes, reusedBytes } = await pushImage(source, reference, {
      credentials,
      onBlob: ({ size }, outcome) => {
        blobs += 1;
        terminal.draw(`blob ${blobs}: ${bytesText(size)} ${outcome === 'there' ? 'is there already' : outcome}`);
      },
    }).catch((error: unknown) => {
      throw local && error instanceof RegistryUnavailable && error.about.includes(reference.registry)
        ? notAnswering(values.data, `the registry ${reference.registry}`, error)
        : error;
    });
    terminal.draw('');
    terminal.write(
      values.quiet
        ? `${digest}\n`
        : plainText(
            `pushed ${formatReference(reference)}@${digest}: ${bytesText(pushedBytes)} sent, ${bytesText(reusedBytes)} there already`,
          ).concat('\n'),
    );
    return exitCodes.ok;
  } finally {
    await source.close();
  }
}

/** A target without a registry is in the running stack's. */
async function targetOf(
  text: string,
  folder: string,
): Promise<{ readonly reference: ImageReference; readonly local: boolean }> {
  const somewhere = 'somewhere.invalid';
  const parsed = parseReference(text, { defaultRegistry: somewhere });
  if (parsed.registry !== somewhere) return { reference: parsed, local: false };
  const { registry } = await readEndpoints(folder);
  return { reference: parseReference(text, { defaultRegistry: new URL(registry).host }), local: true };
}
