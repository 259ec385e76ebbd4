import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Said } from '../said.ts';

/** A scanner whose list of packages is compared with ours. */
export interface Peer {
  readonly name: string;
  /** it lists an operating system's source packages in place of the installed ones */
  readonly namesSources: boolean;
  /** undefined: it can be run here; else what is missing */
  missing(): string | undefined;
  /** the purls (type, name, version; no qualifiers) that it finds in an OCI layout folder, with what it tells of them */
  packages(layout: string): Promise<ReadonlyMap<string, Seen>>;
}

/** A package as a reader tells of it. */
export interface Seen {
  /** where it lies, in the reader's words */
  readonly where: string;
  /** of apk and rpm packages, by readers that tell it */
  readonly said?: Said;
}

/** Whether a program can be run by its name. */
export const onPath = (name: string): boolean =>
  (process.env.PATH ?? '').split(path.delimiter).some((folder) => existsSync(path.join(folder, name)));
