import { oneOf, readArguments } from '../arguments.ts';
import { CommandFailed, type ExitCode, exitCodes, exitCodesUsage } from '../exit-codes.ts';
import { plainText } from '../plain-text.ts';
import { filterReport } from '../scan/filter-report.ts';
import { reached, type Threshold, thresholds } from '../scan/gate.ts';
import { makeReport } from '../scan/make-report.ts';
import { namedExceptions } from '../scan/named-exceptions.ts';
import { formats, parseOutput, render, writeOutput } from '../scan/outputs.ts';
import type { ScanReport } from '../scan/report.ts';
import { reportOrders } from '../scan/report-order.ts';
import { readScanning, scanNamed, scanningOptions, scanningUsage } from '../scan/scan-named.ts';
import { complainOfUnread, endOfReading, type UnreadImage } from '../scan/unread-images.ts';
import type { Terminal } from '../terminal.ts';
import { counted } from '../words.ts';

export const usage = `drydock scan <image> [options]

  <image>                  a registry reference (ghcr.io/owner/app:1), an OCI layout folder (./layout or ./layout:name), a tar that
                           "docker save" or "skopeo copy" wrote, a root filesystem in a folder (./rootfs), or an SBOM (CycloneDX
                           1.4 to 1.7, SPDX 2.2 to 3.0); registry:, oci-dir:, oci-archive:, docker-archive:, dir: and sbom: before
                           it leave no doubt; - is what is piped in, an SBOM or a tar (archive:-:app:1 names one image of several)

  --format table|json      what goes to stdout (default: table)
  -o <format>=<file>       write a report into a file as well; may be repeated
  --severity <list>        show only these: critical,high,medium,low,negligible,unknown
  --sort risk|severity     what comes first (default: risk, 0 to 100; --format json says what each is made of)
  --only-fixed             look only at what has a fix (--fail-on too)
  --policy <file>          leave out what exceptions of this policy accept (its ignore list); they are counted, and the ended ones named
  --show-hidden            show what is noise in the image too (packages that an OS package answers for, kernel headers), and what is accepted
  --files                  list every file that can run in JSON: hash, mode, owner, what it needs, and the layer and command that brought it
  --fail-on <list>         exit code 2 when reached: critical|high|medium|low (or worse), kev, fixable, any
  --strict                 exit code 3 when the image could not be judged whole
${scanningUsage}  -q, --quiet              nothing on stderr but errors

${exitCodesUsage}
  drydock scan ./layout --fail-on critical,kev -o json=report.json
  docker save app:1 | drydock scan -
  syft app:1 -o cyclonedx-json | drydock scan -
`;

const severities = ['critical', 'high', 'medium', 'low', 'negligible', 'unknown'] as const;

/** Scans one image and reports. Exit codes as the usage says; 2 goes before 3. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const options = readOptions(args);
  const exceptions = await namedExceptions(options.policy, terminal.complain);
  const { scanned, unread, book } = await scanNamed(options.image, options, terminal);
  const reports = scanned.map((each) => makeReport(each, exceptions));
  const shown = reports.map((report) => filterReport(report, options));
  for (const output of options.outputs) await writeOutput(shown, output, unread);
  for (const piece of render(shown, options.format, terminal, unread)) terminal.write(piece);
  complainOfUnread(unread, terminal);
  return conclude({ reports, unread, missed: book.missed() }, options, terminal);
}

type Options = ReturnType<typeof readOptions>;

function readOptions(args: readonly string[]) {
  const { values, positionals } = readArguments(
    args,
    {
      format: { type: 'string', short: 'f', default: 'table' },
      output: { type: 'string', short: 'o', multiple: true, default: [] },
      'fail-on': { type: 'string', multiple: true, default: [] },
      severity: { type: 'string', short: 's', multiple: true, default: [] },
      sort: { type: 'string', default: 'risk' },
      'only-fixed': { type: 'boolean', default: false },
      policy: { type: 'string' },
      'show-hidden': { type: 'boolean', default: false },
      files: { type: 'boolean', default: false },
      strict: { type: 'boolean', default: false },
      quiet: { type: 'boolean', short: 'q', default: false },
      ...scanningOptions,
    },
    ['<image>'],
  );
  const list = <T extends string>(texts: readonly string[], words: readonly T[], option: string): T[] =>
    texts.flatMap((text) => text.split(',')).map((text) => oneOf(text.trim(), words, option));
  const chosen = list(values.severity, severities, '--severity');
  return {
    image: positionals[0] ?? '',
    format: oneOf(values.format, formats, '--format'),
    outputs: values.output.map(parseOutput),
    failOn: list(values['fail-on'], thresholds, '--fail-on'),
    ...(chosen.length === 0 ? {} : { severities: chosen }),
    sort: oneOf(values.sort, reportOrders, '--sort'),
    onlyFixed: values['only-fixed'],
    ...(values.policy === undefined ? {} : { policy: values.policy }),
    showHidden: values['show-hidden'],
    files: values.files,
    strict: values.strict,
    ...readScanning(values),
  };
}

interface Outcome {
  readonly reports: readonly ScanReport[];
  readonly unread: readonly UnreadImage[];
  /** advisories could not be fetched */
  readonly missed: boolean;
}

/** The exit code; its reason is the last line on stderr. */
function conclude({ reports, unread, missed }: Outcome, options: Options, terminal: Terminal): ExitCode {
  const all = reports.flatMap(({ findings }) => findings);
  const looked = all.filter(
    // what somebody accepted never fails a build, whoever looks at it
    (finding) =>
      (!options.onlyFixed || finding.fixedIn !== null) &&
      finding.accepted === null &&
      (options.showHidden || finding.hidden === null),
  );
  const over = reached(looked, options.failOn);
  if (over.length > 0) {
    terminal.complain(`drydock: ${over.map(reachedText).join(', ')} (--fail-on), exit code ${exitCodes.threshold}`);
    return exitCodes.threshold;
  }
  if (missed && options.failOn.length > 0)
    throw new CommandFailed(
      'advisories could not be fetched, so --fail-on cannot be decided; name a mirror with --advisories, or say --offline to decide by what is here',
    );
  if (unread.length > 0) return endOfReading(reports.length, unread, terminal);
  const partial = reports.find(({ coverage }) => coverage.state !== 'scanned')?.coverage;
  if (options.strict && partial !== undefined) {
    const reason = plainText(partial.reasons[0]?.text ?? partial.state);
    terminal.complain(
      `drydock: not all of the image could be judged (${reason}; --strict), exit code ${exitCodes.incomplete}`,
    );
    return exitCodes.incomplete;
  }
  return exitCodes.ok;
}

const reachedText = ({ threshold, count }: { readonly threshold: Threshold; readonly count: number }): string =>
  `${counted(count, 'finding reaches', 'findings reach')} ${threshold}`;
