import type { CveLookup, MatchRecord } from '#shared/advisories';
import { type Coverage, matchName, matchVersion, type PackageKey, packageKeyId, shardName } from '#shared/inventory';
import { cveOf, judge } from '#shared/judging';
import { plainText } from '../plain-text.ts';
import type { Terminal } from '../terminal.ts';
import { type KnownOf, knownLines, severityText } from './known-of.ts';
import { recordSaid } from './record-said.ts';
import type { ReportFinding, ScannedImage } from './report.ts';
import type { ScanBook } from './scan-book.ts';

/** What the advisories say of one package and one vulnerability. */
export interface Answer {
  readonly affected: boolean;
  /** name and version */
  readonly package: string;
  readonly records: readonly string[];
  /** the comparison that decided, or what the record says instead */
  readonly why: string;
  readonly fixedIn?: string;
  readonly severity?: string;
  /** what each record says of the package, those that decided nothing too */
  readonly said?: readonly string[];
  /** why a finding is shown or hidden: noise, VEX, an exception */
  readonly shown?: string;
}

/** Everything that the advisories say of a vulnerability and the packages of an image, a "no" included. */
export async function answersOf(
  id: string,
  scanned: ScannedImage,
  book: ScanBook,
  findings: readonly ReportFinding[],
): Promise<Answer[]> {
  const keys = new Map(scanned.inventory.packages.map(({ key }) => [packageKeyId(key), key]));
  const answers: Answer[] = [];
  for (const key of keys.values()) {
    const records = (await book.shard(shardName(key)))?.lookup(matchName(key)) ?? [];
    const naming = records.filter((record) => namesIt(record, id));
    if (naming.length > 0) answers.push(...answer(id, key, records, naming, findings, await book.cves()));
  }
  return answers.sort((a, b) => Number(b.affected) - Number(a.affected) || (a.package < b.package ? -1 : 1));
}

function namesIt(record: MatchRecord, id: string): boolean {
  const all = [record.id, ...record.aliases, ...record.upstream, ...record.related];
  return all.some((each) => same(each, id) || same(cveOf(each) ?? '', id));
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

function answer(
  id: string,
  key: PackageKey,
  records: readonly MatchRecord[],
  naming: readonly MatchRecord[],
  reported: readonly ReportFinding[],
  cves: CveLookup | undefined,
): Answer[] {
  const name = `${key.name} ${key.version}`;
  const { findings } = judge(key, records, { shard: shardName(key), generation: 1, cves });
  const found = findings.filter(
    ({ vulnerability, aliases, records: said }) =>
      [vulnerability, ...aliases].some((each) => same(each, id)) || said.some((record) => same(record.id, id)),
  );
  if (found.length > 0)
    return found.map(({ vulnerability, records: said, why, fixedIn, severity }) => ({
      affected: true,
      package: name,
      said: said.flatMap(({ id: record, fixedIn: own }) =>
        records
          .filter((each) => each.id === record)
          .map((each) => `${recordSaid(each, key)}${own === undefined ? '' : `: fixed in ${own}`}`),
      ),
      ...shownOf(
        reported.find(
          (each) =>
            each.vulnerability === vulnerability &&
            each.package.name === key.name &&
            each.package.version === key.version,
        ),
      ),
      records: said.map((record) => record.id),
      why,
      ...(fixedIn === undefined ? {} : { fixedIn }),
      severity: severityText(severity),
    }));
  const because =
    key.vendor === undefined
      ? `${matchName(key)} ${matchVersion(key)} is outside of what they name: ${naming.map((record) => recordSaid(record, key)).join('; ')}`
      : `${key.vendor} made this package, so the distribution's advisories do not speak of it`;
  return [{ affected: false, package: name, records: naming.map((record) => record.id), why: because }];
}

/** Why a finding is shown or hidden. */
export function shownOf(
  finding:
    | {
        readonly hidden?: string | null | undefined;
        readonly accepted?: ReportFinding['accepted'] | undefined;
        readonly acceptanceEnded?: string | null | undefined;
        readonly vex?:
          | { readonly status: string; readonly by: string; readonly text?: string | undefined }
          | null
          | undefined;
      }
    | undefined,
): { readonly shown?: string } {
  if (finding === undefined) return {};
  const { hidden, accepted, acceptanceEnded, vex } = finding;
  if (hidden !== undefined && hidden !== null) return { shown: `hidden: ${hidden}` };
  if (accepted !== undefined && accepted !== null)
    return { shown: `hidden: accepted until ${accepted.until}: ${accepted.reason}` };
  if (acceptanceEnded !== undefined && acceptanceEnded !== null)
    return { shown: `shown: its exception has ended: ${acceptanceEnded}` };
  if (vex !== undefined && vex !== null)
    return { shown: `shown: VEX of ${vex.by} says ${vex.status.replaceAll('_', ' ')}` };
  return { shown: 'shown: no exception, no VEX and no noise hides it' };
}

/** The explanation for people; without any answer it says how far that can be trusted. */
export function explainText(
  id: string,
  named: string,
  answers: readonly Answer[],
  coverage: Pick<Coverage, 'state'> & { readonly reasons: readonly { readonly text: string }[] },
  terminal: Terminal,
  known: KnownOf = { withdrawn: [] },
): string {
  const more = knownLines(known);
  const reasons = coverage.reasons.map(({ text }) => plainText(`coverage  ${coverage.state}: ${text}`));
  const affected = answers.filter((each) => each.affected);
  const head =
    affected.length > 0
      ? `${id} is in ${named}`
      : answers.length > 0
        ? `${id} is not in ${named}: its packages are named, their versions are not touched`
        : `no advisory that was read names ${id} for a package of ${named}`;
  const lines = answers.flatMap(
    ({ affected: yes, package: name, records, why, fixedIn, severity, said = [], shown }) => [
      '',
      `${yes ? 'affected' : 'not affected'}: ${name}`,
      `  records   ${records.join(', ')}`,
      `  decided   ${why}`,
      ...(severity === undefined ? [] : [`  severity  ${severity}`]),
      ...(yes ? [`  fix       ${fixedIn ?? 'none is known yet'}`] : []),
      ...said.map((text) => `  says      ${text}`),
      ...(shown === undefined ? [] : [`  ${shown.replace(': ', shown.startsWith('hidden') ? '    ' : '     ')}`]),
    ],
  );
  return `${[terminal.paint('bold', plainText(head)), ...lines.map(plainText), ...(more.length === 0 ? [] : ['', ...more.map(plainText)]), ...(reasons.length === 0 ? [] : ['', ...reasons])].join('\n')}\n`;
}
