import { access, constants, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { dockerCredentials, ecrCredentials, firstCredentials, openSource, parsePlatform } from '#shared/oci';
import { duration, oneOf, readArguments } from '../arguments.ts';
import { cacheFolder } from '../cache-folder.ts';
import { CommandFailed, type ExitCode, exitCodes } from '../exit-codes.ts';
import { plainText } from '../plain-text.ts';
import { reached, type Threshold, thresholds } from '../scan/gate.ts';
import { layerCache } from '../scan/layer-cache.ts';
import { formats, parseOutput, render, writeOutput } from '../scan/outputs.ts';
import { readingProgress } from '../scan/progress.ts';
import { filterReport, makeReport, type ScanReport } from '../scan/report.ts';
import { openScanBook, type ScanBook } from '../scan/scan-book.ts';
import { scanImage } from '../scan/scan-image.ts';
import type { Terminal } from '../terminal.ts';

export const usage = `drydock scan <image> [options]

  <image>                  a registry reference (ghcr.io/owner/app:1), an OCI layout folder (./layout or ./layout:name), or a tar that
                           "docker save" or "skopeo copy" wrote; registry:, oci-dir: and archive: before it leave no doubt

  --format table|json      what goes to stdout (default: table)
  -o <format>=<file>       write a report into a file as well; may be repeated
  --severity <list>        show only these: critical,high,medium,low,negligible,unknown
  --only-fixed             look only at what has a fix (--fail-on too)
  --fail-on <list>         exit code 2 when reached: critical|high|medium|low (or worse), kev, fixable, any
  --strict                 exit code 3 when the image could not be judged whole
  --platform <os/arch>     which image of an index, such as linux/arm64 (default: this machine's)
  --advisories <where>     a folder or address in OSV's bulk layout (default: OSV's own, and the bundled starter advisories)
  --kev <where>            CISA's catalogue of exploited vulnerabilities, a file or address (default: CISA's own, kept for a day)
  --offline                fetch no advisories
  --cache-dir <folder>     where layers and advisories are remembered (default: your cache folder)
  --timeout <time>         give up after 90s, 5m, 1h (default: 15m)
  -q, --quiet              nothing on stderr but errors
  --no-progress            no progress on stderr

exit codes: 0 ok, 1 failed, 2 a threshold of --fail-on is reached, 3 incomplete with --strict

  drydock scan ./layout --fail-on critical,kev -o json=report.json
`;

const severities = ['critical', 'high', 'medium', 'low', 'negligible', 'unknown'] as const;

/** Scans one image and reports. Exit codes as the usage says; 2 goes before 3. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const options = readOptions(args);
  const signal = AbortSignal.timeout(options.timeout);
  const { report, missed } = await withinTime(scan(options, terminal, signal), signal, options.timeout);
  terminal.draw('');
  const shown = filterReport(report, options);
  for (const output of options.outputs) await writeOutput(shown, output);
  terminal.write(render(shown, options.format, terminal));
  return conclude(report, missed, options, terminal);
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
      'only-fixed': { type: 'boolean', default: false },
      advisories: { type: 'string' },
      kev: { type: 'string' },
      offline: { type: 'boolean', default: false },
      'cache-dir': { type: 'string' },
      platform: { type: 'string' },
      strict: { type: 'boolean', default: false },
      quiet: { type: 'boolean', short: 'q', default: false },
      progress: { type: 'boolean', default: true },
      timeout: { type: 'string', default: '15m' },
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
    onlyFixed: values['only-fixed'],
    ...(values.advisories === undefined ? {} : { advisories: values.advisories }),
    ...(values.kev === undefined ? {} : { kev: values.kev }),
    offline: values.offline,
    cacheFolder: path.resolve(values['cache-dir'] ?? cacheFolder(process.env)),
    ...(values.platform === undefined ? {} : { platform: parsePlatform(values.platform) }),
    strict: values.strict,
    progress: values.progress,
    timeout: duration(values.timeout, '--timeout'),
  };
}

async function scan(
  options: Options,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<{ readonly report: ScanReport; readonly missed: boolean }> {
  const warn = (text: string): void => terminal.note(plainText(`note: ${text}`));
  const draw = (text: string): void => {
    if (options.progress) terminal.draw(plainText(text));
  };
  const cache = await usableFolder(options.cacheFolder, warn);
  const source = await openSource(options.image, {
    credentials: firstCredentials(dockerCredentials(), ecrCredentials()),
    signal,
  });
  try {
    const book: ScanBook = await openScanBook({
      ...options,
      cacheFolder: cache,
      now: () => new Date(),
      progress: draw,
      warn,
    });
    draw(`opening ${options.image}`);
    const scanned = await scanImage({
      name: options.image,
      source,
      facts: layerCache(cache, warn),
      book,
      ...(options.platform === undefined ? {} : { platform: options.platform }),
      signal,
      onProgress: readingProgress(draw, Date.now),
    });
    return { report: makeReport(scanned), missed: book.missed() };
  } finally {
    await source.close();
  }
}

/** The cache folder, or for this one time another when it cannot be written. */
async function usableFolder(folder: string, warn: (text: string) => void): Promise<string> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    return folder;
  } catch {
    const instead = await mkdtemp(path.join(tmpdir(), 'drydock-cache-'));
    warn(`${folder} cannot be written, so nothing is remembered; choose another folder with --cache-dir`);
    return instead;
  }
}

async function withinTime<T>(work: Promise<T>, signal: AbortSignal, timeout: number): Promise<T> {
  const late = () =>
    new CommandFailed(
      `the scan did not end within ${timeout / 1_000} s; give it more with --timeout, or scan nearer to the image`,
    );
  const end = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(late()), { once: true }));
  try {
    return await Promise.race([work, end]);
  } catch (error) {
    throw signal.aborted ? late() : error;
  }
}

/** The exit code; its reason is the last line on stderr. */
function conclude(report: ScanReport, missed: boolean, options: Options, terminal: Terminal): ExitCode {
  const looked = options.onlyFixed ? report.findings.filter(({ fixedIn }) => fixedIn !== null) : report.findings;
  const over = reached(looked, options.failOn);
  if (over.length > 0) {
    terminal.note(`drydock: ${over.map(reachedText).join(', ')} (--fail-on), exit code ${exitCodes.threshold}`);
    return exitCodes.threshold;
  }
  if (missed && options.failOn.length > 0)
    throw new CommandFailed(
      'advisories could not be fetched, so --fail-on cannot be decided; name a mirror with --advisories, or say --offline to decide by what is here',
    );
  if (options.strict && report.coverage.state !== 'scanned') {
    const reason = plainText(report.coverage.reasons[0]?.text ?? report.coverage.state);
    terminal.note(
      `drydock: not all of the image could be judged (${reason}; --strict), exit code ${exitCodes.incomplete}`,
    );
    return exitCodes.incomplete;
  }
  return exitCodes.ok;
}

const reachedText = ({ threshold, count }: { readonly threshold: Threshold; readonly count: number }): string =>
  `${count} ${count === 1 ? 'finding reaches' : 'findings reach'} ${threshold}`;
