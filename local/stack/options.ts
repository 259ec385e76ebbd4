import path from 'node:path';
import { parseArgs } from 'node:util';

/** How the embedded stack is started. */
export interface StackOptions {
  /** everything is kept here */
  readonly folder: string;
  /** empty the folder first */
  readonly fresh: boolean;
  /** bring the demonstration's fleet to life when the folder is empty */
  readonly demo: boolean;
  /** never leave the machine for advisories */
  readonly offline: boolean;
  /** a folder or address in OSV's bulk layout, for ecosystems that the starter advisories do not have */
  readonly advisories: string;
  /** a file, folder or address of the CVE List; default: beside the advisories, where they are a folder */
  readonly cveList?: string;
  /** a file or address of endoflife.date's products; default: as above */
  readonly endOfLife?: string;
  /** the folder of the starter advisories: `advisories/` in OSV's bulk layout, and kev.json; default: the bundled one */
  readonly starter?: string;
}

/** Where OSV publishes its bulk export (advisories.md section 4). */
export const osvBulk = 'https://storage.googleapis.com/osv-vulnerabilities/';

/** A command line that cannot be understood; the message says what to write instead. */
export class UsageError extends Error {
  readonly code = 'usage';
}

export const usage = `npm start -- [options]

  --data <folder>         where everything is kept (default: .drydock)
  --fresh                 empty that folder first
  --no-demo               start empty, without the demonstration's services
  --offline               never leave this machine for advisories
  --advisories <where>    folder or address in OSV's bulk layout (default: OSV's own, and the distributions' own publications); in a folder
                          those publications lie in feeds/
  --cve-list <where>      the CVE List: a list of releases in GitHub's form, an archive, or what drydock db export wrote (default: beside the
                          advisories, where they are a folder)
  --end-of-life <where>   endoflife.date's products, a file or address, beside the bundled table (default: beside the advisories)
  --starter <folder>      other starter advisories than the bundled ones (a copy of local/starter)
`;

/** Reads the arguments of `npm start`. Throws UsageError. */
export function parseOptions(args: readonly string[], cwd: string): StackOptions | 'help' {
  try {
    const { values } = parseArgs({
      args: [...args],
      allowNegative: true,
      options: {
        data: { type: 'string', default: '.drydock' },
        fresh: { type: 'boolean', default: false },
        demo: { type: 'boolean', default: true },
        offline: { type: 'boolean', default: false },
        advisories: { type: 'string', default: osvBulk },
        'cve-list': { type: 'string' },
        'end-of-life': { type: 'string' },
        starter: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return 'help';
    return {
      folder: path.resolve(cwd, values.data),
      fresh: values.fresh,
      demo: values.demo,
      offline: values.offline,
      advisories: values.advisories,
      ...(values['cve-list'] === undefined ? {} : { cveList: values['cve-list'] }),
      ...(values['end-of-life'] === undefined ? {} : { endOfLife: values['end-of-life'] }),
      ...(values.starter === undefined ? {} : { starter: path.resolve(cwd, values.starter) }),
    };
  } catch (cause) {
    throw new UsageError(`${cause instanceof Error ? cause.message : String(cause)}\n\n${usage}`, { cause });
  }
}
