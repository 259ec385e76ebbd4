import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { plainPurl } from '../plain-purl.ts';
import { type Said, said, sorted } from '../said.ts';
import { onPath, type Peer } from './peer.ts';

const execute = promisify(execFile);

interface SyftArtifact {
  readonly name: string;
  readonly purl: string;
  readonly foundBy: string;
  readonly type: string;
  readonly licenses: readonly { readonly value: string }[];
  readonly metadata?: {
    readonly originPackage?: string;
    readonly sourceRpm?: string;
    readonly architecture?: string;
    readonly maintainer?: string;
    readonly vendor?: string;
  };
  readonly locations: readonly { readonly path: string }[];
}

/** Syft, which reads the layout itself. */
export const syft: Peer = {
  name: 'syft',
  namesSources: false,
  missing: () => (onPath('syft') ? undefined : 'syft is not on the PATH'),
  async packages(layout) {
    const { stdout } = await execute('syft', ['scan', `oci-dir:${layout}`, '-q', '-o', 'json'], { maxBuffer: 2 ** 30 });
    const { artifacts } = JSON.parse(stdout) as { readonly artifacts: readonly SyftArtifact[] };
    return new Map(
      artifacts.map((each) => [
        plainPurl(each.purl),
        {
          where: `${each.foundBy} at ${each.locations[0]?.path ?? '?'}`,
          ...(each.type === 'apk' || each.type === 'rpm' ? { said: saidBySyft(each) } : {}),
        },
      ]),
    );
  },
};

/** it leaves the origin away from what is its own */
const saidBySyft = ({ name, licenses, metadata }: SyftArtifact): Said =>
  said({
    source: metadata?.sourceRpm?.replace(/-[^-]+-[^-]+$/, '') || metadata?.originPackage || name,
    architecture: metadata?.architecture,
    supplier: metadata?.maintainer ?? metadata?.vendor,
    licenses: sorted(licenses.map(({ value }) => value)),
  });
