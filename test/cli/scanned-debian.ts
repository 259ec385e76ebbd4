import path from 'node:path';
import { drydock, freshFolder, type Ran } from './command.ts';
import { debianImage, medium, nodeModule, writeAdvisories, writeLayout } from './stored-images.ts';

// A small Debian with an application, and how it is scanned; each file of tests has its own.

/** The home of the person who scans. */
export const home = freshFolder();
/** A place in it. */
export const at = (name: string): string => path.join(home, name);
/** Advisories of what the image has: two of curl, one of lodash. */
export const advisories = writeAdvisories(
  at('advisories'),
  [
    {
      id: 'DSA-1-1',
      ecosystem: 'Debian:12',
      package: 'curl',
      fixed: '7.88.1-10+deb12u4',
      upstream: ['CVE-2023-38545'],
      summary: 'curl: overflow',
    },
    { id: 'DSA-2-1', ecosystem: 'Debian:12', package: 'curl', upstream: ['CVE-2023-99999'], vector: medium },
    {
      id: 'GHSA-aaaa-bbbb-cccc',
      ecosystem: 'npm',
      package: 'lodash',
      fixed: '4.17.21',
      aliases: ['CVE-2021-23337'],
      vector: medium,
    },
  ],
  ['CVE-2023-38545'],
);
/** Packages of the system, by name. */
export const packages = { curl: '7.88.1-10+deb12u3', base: '12.4' };
/** What was copied onto it. */
export const application = nodeModule('lodash', '4.17.20');
/** The image, as a layout. */
export const layout = writeLayout(at('layout'), debianImage(packages, application));
/** Scans an image by those advisories. */
export const scan = (image: string, ...args: string[]): Promise<Ran> =>
  drydock(['scan', image, '--advisories', advisories, ...args], { home });

/** The parts of a report that tests look at. */
export interface Report {
  readonly schemaVersion: number;
  readonly image: { readonly digest: string; readonly platform: string; readonly otherPlatforms: readonly string[] };
  readonly distribution: { readonly id: string } | null;
  readonly coverage: { readonly state: string; readonly reasons: readonly { readonly text: string }[] };
  readonly summary: { readonly findings: number; readonly hidden: number };
  readonly packages: readonly Record<string, unknown>[];
  readonly findings: readonly (Record<string, unknown> & { readonly vulnerability: string })[];
}
/** What a scan with `--format json` said. */
export const reportOf = ({ stdout }: Ran): Report => JSON.parse(stdout) as Report;
