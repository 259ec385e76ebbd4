import { attachReferrer } from '#shared/oci';
import { openVexMediaType } from '#shared/vex';
import { readArguments } from '../arguments.ts';
import { CommandFailed, type ExitCode, exitCodes, UsageError } from '../exit-codes.ts';
import { plainText } from '../plain-text.ts';
import { readSoundPolicy } from '../policy-file.ts';
import { registryLogins } from '../registry-logins.ts';
import { issueVex } from '../scan/issue-vex.ts';
import { makeReport } from '../scan/make-report.ts';
import { readScanning, scanNamed, scanningOptions, scanningUsage } from '../scan/scan-named.ts';
import type { Terminal } from '../terminal.ts';
import { writeTextFile } from '../write-text-file.ts';
import { drydockVersion } from './version.ts';

export const usage = `drydock vex export <image> --policy <file> [options]

  issues what the exceptions of a policy accept in an image as OpenVEX 0.2.0 on its digest: one with a justification as "not affected", any other
  as "affected", with the reason and its ends as what is done about it

  --policy <file>          the policy whose ignore list counts
  --author <text>          who issues it (default: the owner of the exceptions, if they have one and the same)
  -o, --output <file>      where to write it (default: stdout)
  --attach                 put it beside the image into its registry as well (an OCI referrer; nothing of the image changes)
${scanningUsage}  -q, --quiet              nothing on stderr but errors

  drydock vex export ghcr.io/owner/app:1.2 --policy policy.yaml -o app.openvex.json
`;

/** Issues OpenVEX for the exceptions on one image. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = readArguments(
    args,
    {
      policy: { type: 'string' },
      author: { type: 'string' },
      output: { type: 'string', short: 'o' },
      attach: { type: 'boolean', default: false },
      quiet: { type: 'boolean', short: 'q', default: false },
      ...scanningOptions,
    },
    ['<image>'],
  );
  if (values.policy === undefined)
    throw new UsageError('name the policy whose exceptions are issued: --policy policy.yaml');
  const { policy } = await readSoundPolicy(values.policy, terminal.complain);
  const scanning = readScanning(values);
  if (scanning.platform === 'all')
    throw new UsageError('VEX is issued on one image: write one platform after --platform, and call once for each');
  const { scanned } = await scanNamed(positionals[0] ?? '', scanning, terminal);
  const [image] = scanned;
  if (image === undefined) throw new CommandFailed('nothing was read');
  const now = new Date();
  const text = issueVex(makeReport(image, policy.ignore, now), {
    now,
    tool: `drydock ${drydockVersion()}`,
    ...(values.author === undefined ? {} : { author: values.author }),
    ...(image.reference === undefined
      ? {}
      : { repository: `${image.reference.registry}/${image.reference.repository}` }),
  });
  if (values.attach) {
    if (image.reference === undefined) throw new UsageError('--attach needs an image in a registry; push it first');
    const { digest, outcome } = await attachReferrer(
      { ...image.reference, digest: image.image.digest },
      { artifactType: openVexMediaType, bytes: Buffer.from(text) },
      { credentials: registryLogins(), attempts: 3 },
    );
    terminal.note(plainText(`VEX ${digest} ${outcome === 'there' ? 'is attached already' : 'attached'}`));
  }
  if (values.output !== undefined)
    await writeTextFile(values.output, text, { otherwise: 'choose another file for -o' });
  else if (!values.attach) terminal.write(text);
  return exitCodes.ok;
}
