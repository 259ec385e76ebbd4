import { Fields, Listed } from '#shared/sbom';
import { oneOf } from '../arguments.ts';
import { UsageError } from '../exit-codes.ts';
import { safeJsonPieces } from '../safe-json.ts';
import type { Terminal } from '../terminal.ts';
import { writeTextFile } from '../write-text-file.ts';
import type { ScanReport } from './report.ts';
import { tableReport } from './table-report.ts';
import { reportUnread, type UnreadImage, unreadText } from './unread-images.ts';

/** The forms that a report can take. */
export const formats = ['table', 'json'] as const;
export type Format = (typeof formats)[number];

/** A report that is wanted in a file. */
export interface FileOutput {
  readonly format: Format;
  readonly file: string;
}

/** Reads `-o json=report.json`. Throws UsageError. */
export function parseOutput(text: string): FileOutput {
  const at = text.indexOf('=');
  if (at <= 0 || at === text.length - 1)
    throw new UsageError(`-o takes <format>=<file>, such as json=report.json, not ${JSON.stringify(text)}`);
  return { format: oneOf(text.slice(0, at), formats, '-o'), file: text.slice(at + 1) };
}

/**
 * Reports as text, in pieces: one of many packages is longer than a string can be. One report is itself; those of several platforms are `images` of one JSON document, or
 * tables below each other, with what should be among them and could not be read. JSON escapes what is not ASCII-safe in a terminal by itself.
 */
export function* render(
  reports: readonly ScanReport[],
  format: Format,
  terminal: Pick<Terminal, 'columns' | 'paint' | 'links'>,
  unread: readonly UnreadImage[] = [],
): Generator<string> {
  if (format === 'table') {
    yield [
      ...reports.map((report) => tableReport(report, terminal)),
      ...unread.map((each) => `${terminal.paint('yellow', unreadText(each))}\n`),
    ].join('\n');
    return;
  }
  const [first] = reports;
  yield* safeJsonPieces(
    unread.length === 0 && reports.length === 1 && first !== undefined
      ? inParts(first)
      : inParts({
          schemaVersion: 1,
          images: reports.map(inParts),
          ...(unread.length === 0 ? {} : { unread: unread.map(reportUnread) }),
        }),
  );
  yield '\n';
}

/** A document whose lists are written in parts. */
const inParts = (document: object): Fields =>
  new Fields(() =>
    Object.entries(document).map(
      ([name, value]) => [name, Array.isArray(value) ? new Listed(() => value) : value] as const,
    ),
  );

/** Writes reports into a file, without colours. Throws CommandFailed. */
export async function writeOutput(
  reports: readonly ScanReport[],
  { format, file }: FileOutput,
  unread: readonly UnreadImage[] = [],
): Promise<void> {
  const plain = { columns: Number.POSITIVE_INFINITY, paint: (_style: unknown, text: string) => text, links: false };
  await writeTextFile(file, render(reports, format, plain, unread), { otherwise: 'choose another file for -o' });
}
