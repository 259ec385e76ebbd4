import path from 'node:path';
import { billOfInventory } from '#shared/inventory';
import { attachReferrer, formatPlatform } from '#shared/oci';
import {
  type Bill,
  billPieces,
  type SbomForm,
  type SbomVersion,
  sbomForms,
  sbomMediaType,
  sbomVersion,
  writeBill,
} from '#shared/sbom';
import { oneOf, readArguments } from '../arguments.ts';
import { type ExitCode, UsageError } from '../exit-codes.ts';
import { plainText } from '../plain-text.ts';
import { registryLogins } from '../registry-logins.ts';
import { platformFiles } from '../sbom/platform-files.ts';
import type { ReadTarget } from '../scan/read-target.ts';
import { readingOptions, readingUsage, readNamed, readReading, withReading } from '../scan/reading.ts';
import { complainOfUnread, endOfReading } from '../scan/unread-images.ts';
import type { Terminal } from '../terminal.ts';
import { writeTextFile } from '../write-text-file.ts';
import { drydockVersion } from './version.ts';

const forms = Object.keys(sbomForms) as SbomForm[];

export const usage = `drydock sbom <image> [options]

  <image>                  what drydock scan takes: a registry reference, an OCI layout, an archive, a root filesystem, another SBOM, or
                           - for what is piped in

  --format <form>          cyclonedx-json (default) or spdx-json
  --spec-version <version> 1.6 or 1.7 of CycloneDX, 2.3 or 3.0 of SPDX (default: the newer one)
  -o, --output <file>      where to write it (default: stdout); with --platform all a folder, which gets a file of each image: linux-arm64.cdx.json
  --files                  list executables too, with their hashes
  --attach                 put it beside the image into its registry as well (an OCI referrer; nothing of the image changes), for every image with
                           --platform all; what is attached already is not sent again
  --now                    put the present time into it; without, it says when the image was made, so that one image has one SBOM
${readingUsage}  -q, --quiet              nothing on stderr but errors

exit codes: 0 ok, 1 failed, 3 not every image of --platform all could be read; the others are written

  drydock sbom ./layout --format spdx-json -o app.spdx.json
  drydock sbom ghcr.io/owner/app:1.2 --attach -o app.cdx.json
  drydock sbom ghcr.io/owner/app:1.2 --platform all -o sboms
`;

/** Writes or attaches the bill of materials of one image, or those of all images of an index: of those that can be read, and the exit code says that some could not. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const options = readOptions(args);
  const { image, attach, output, form } = options;
  const { targets, unread } = await withReading(options, terminal, (tools) => readNamed(image, options, tools));
  const files = filesOf(targets, options);
  const makesFolder = options.platform === 'all';
  const written = { otherwise: `choose another ${makesFolder ? 'folder' : 'file'} for -o`, makesFolder };
  for (const [at, target] of targets.entries()) {
    const bill = billOf(target, options);
    const file = files[at];
    if (attach) terminal.note(await attachSbom(image, target, writeBill(bill, form), form));
    if (file !== undefined) await writeTextFile(file, billPieces(bill, form), written);
    else if (!attach) for (const piece of billPieces(bill, form)) terminal.write(piece);
    if (file !== undefined && file !== output) terminal.note(plainText(`wrote ${file}`));
  }
  complainOfUnread(unread, terminal);
  return endOfReading(targets.length, unread, terminal);
}

/** Where the documents go: a file, or files in a folder for all platforms; nowhere else without `--output`. */
function filesOf(targets: readonly ReadTarget[], { output, platform, form }: Options): readonly string[] {
  if (output === undefined) return [];
  if (platform !== 'all') return [output];
  return platformFiles(
    targets.map(({ image }) => image),
    form.form,
  ).map((name) => path.join(output, name));
}

/** Attaches a document to the image in its registry. Says what became of it. */
async function attachSbom(
  name: string,
  { image, reference }: ReadTarget,
  text: string,
  form: SbomVersion,
): Promise<string> {
  if (reference === undefined)
    throw new UsageError(`--attach needs an image in a registry, and ${JSON.stringify(name)} is none; push it first`);
  const { digest, outcome } = await attachReferrer(
    { ...reference, digest: image.digest },
    { artifactType: sbomMediaType(form.form), bytes: Buffer.from(text) },
    { credentials: registryLogins(), attempts: 3 },
  );
  const what = outcome === 'there' ? 'is attached already' : 'attached';
  return plainText(`SBOM ${digest} ${what} to ${reference.registry}/${reference.repository}@${image.digest}`);
}

type Options = ReturnType<typeof readOptions>;

function readOptions(args: readonly string[]) {
  const { values, positionals } = readArguments(
    args,
    {
      format: { type: 'string', short: 'f', default: 'cyclonedx-json' },
      'spec-version': { type: 'string' },
      output: { type: 'string', short: 'o' },
      attach: { type: 'boolean', default: false },
      files: { type: 'boolean', default: false },
      now: { type: 'boolean', default: false },
      quiet: { type: 'boolean', short: 'q', default: false },
      ...readingOptions,
    },
    ['<image>'],
  );
  const reading = readReading(values);
  if (reading.platform === 'all' && values.output === undefined && !values.attach)
    throw new UsageError('an SBOM is of one image: with --platform all name a folder for them with -o, or attach them');
  return {
    image: positionals[0] ?? '',
    form: formOf(values.format, values['spec-version']),
    output: values.output,
    attach: values.attach,
    files: values.files,
    ...(values.now ? { now: new Date().toISOString() } : {}),
    ...reading,
  };
}

function formOf(format: string, version: string | undefined): SbomVersion {
  const form = oneOf(format, forms, '--format');
  const found = sbomVersion(form, version);
  if (found !== undefined) return found;
  throw new UsageError(
    `--spec-version takes ${sbomForms[form].join(' or ')} for ${form}, not ${JSON.stringify(version)}`,
  );
}

/** What was read as a bill. What is no image has no digest that anybody else would know it by; a bill hands on what it is of. */
function billOf({ name, image, inventory, subject }: ReadTarget, { files, now }: Options): Bill {
  const { digest } = subject ?? (inventory.origin === undefined ? image : {});
  return billOfInventory(inventory, {
    name: subject?.name || name,
    ...(digest === undefined ? {} : { digest }),
    ...(image.platform.architecture === '' ? {} : { platform: formatPlatform(image.platform) }),
    tool: { name: 'drydock', version: drydockVersion() },
    files,
    ...(now === undefined ? {} : { now }),
  });
}
