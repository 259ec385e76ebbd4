import { cveListEcosystem, shardForPeople } from '#shared/advisories';
import { distroText } from '#shared/inventory';
import type { SeverityLevel } from '#shared/judging';
import { plainText } from '../plain-text.ts';
import { type Column, tableLines } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { counted, severityStyles } from '../words.ts';
import { isHiddenByVex } from './filter-report.ts';
import type { ReportFinding, ScanReport } from './report.ts';
import { secretLines } from './report-secrets.ts';

/** The report for people: summary first, then what could be judged, then the table, then what to do next. */
export function tableReport(report: ScanReport, terminal: Pick<Terminal, 'columns' | 'paint' | 'links'>): string {
  const { paint } = terminal;
  const lines = [
    paint('bold', summaryLine(report)),
    imageLine(report),
    coverageLine(report, paint),
    ...secretLines(report).map((line) => paint('yellow', line)),
    ...dataLines(report).map((line) => paint('dim', line)),
  ];
  const rows = groupRows(report);
  if (rows.length > 0) {
    const shared =
      rows.length < report.findings.length
        ? ['', paint('dim', 'packages that are built from one source share a row')]
        : [];
    const options = { columns: terminal.columns, paintHead: (text: string) => paint('bold', text) };
    lines.push(
      '',
      ...tableLines(columnsOf(report, terminal), rows, options),
      ...shared,
      ...noiseLines(report),
      ...acceptanceLines(report),
    );
  }
  const next = [...nextStep(report), ...moreAdvisories(report)];
  if (next.length > 0) lines.push('', ...next.map((step) => `next: ${plainText(step)}`));
  return `${lines.join('\n')}\n`;
}

/** `41 findings: 2 critical (1 KEV), 17 fixable`; what is not known is said before anything sounds clean. */
export function summaryLine({ summary, coverage, packages, findings: all }: ScanReport): string {
  const { findings, bySeverity, malicious, fixable, hidden, noise, vex, accepted } = summary;
  const hiddenText = [
    hidden === 0 ? '' : `; ${hidden} more hidden by --severity or --only-fixed`,
    noise === 0 ? '' : `; ${noise} more hidden as noise (--show-hidden says why)`,
    vex === 0 ? '' : `; ${vex} more hidden by VEX (--show-hidden says why)`,
    accepted === 0 ? '' : `; ${accepted} more accepted by the policy (--show-hidden lists them)`,
  ].join('');
  if (coverage.state === 'unsupported' && findings === 0) return `not judged: this image is unsupported${hiddenText}`;
  if (findings === 0) {
    const what = hidden + noise + vex + accepted === 0 ? 'no known vulnerability' : 'nothing left to show';
    const where = counted(packages.length, 'package');
    if (packages.length === 0 && coverage.state !== 'scanned')
      return `no package was found, so nothing could be judged${hiddenText}`;
    return coverage.state === 'scanned'
      ? `${what} in ${where}${hiddenText}`
      : `${what} in what could be judged, and not all of ${where} could be${hiddenText}`;
  }
  const levels = (Object.keys(bySeverity) as SeverityLevel[]).filter((level) => bySeverity[level] > 0);
  const exploited = (level: SeverityLevel): string => {
    const count = all.filter(({ severity, kev }) => severity.level === level && kev !== null).length;
    return count === 0 ? '' : ` (${count} KEV)`;
  };
  const parts = [
    ...(malicious === 0 ? [] : [`${malicious} malware`]),
    ...levels.map((level) => `${bySeverity[level]} ${level}${exploited(level)}`),
    `${fixable} fixable`,
  ];
  return `${counted(findings, 'finding')}: ${parts.join(', ')}${hiddenText}`;
}

/** Why findings are shown only because somebody asked for what is hidden. */
function noiseLines({ findings }: ScanReport): string[] {
  const lines = new Set(
    findings.flatMap((finding) => {
      const { hidden, vulnerability, package: found } = finding;
      if (hidden === null) return [];
      return isHiddenByVex(finding)
        ? [plainText(`${vulnerability} in ${found.name} is hidden: ${hidden}`)]
        : [plainText(`${found.name} ${found.version} is noise: ${hidden}`)];
    }),
  );
  return lines.size === 0 ? [] : ['', ...lines];
}

/** What exceptions accept, where it is shown, and which of them have ended. */
function acceptanceLines({ findings }: ScanReport): string[] {
  const lines = new Set(
    findings.flatMap(({ vulnerability, package: { name }, accepted, acceptanceEnded }) => [
      ...(accepted === null
        ? []
        : [
            `${vulnerability} in ${name} is accepted until ${accepted.until}: ${accepted.reason}${accepted.owner === null ? '' : ` (${accepted.owner})`}`,
          ]),
      ...(acceptanceEnded === null
        ? []
        : [`the exception for ${vulnerability} in ${name} has ended: ${acceptanceEnded}`]),
    ]),
  );
  return lines.size === 0 ? [] : ['', ...[...lines].map(plainText)];
}

function imageLine({ image, distribution, packages }: ScanReport): string {
  const channel = distribution?.channel === undefined ? '' : ` (${distribution.channel})`;
  const known = distribution === null ? 'unknown distribution' : `${distroText(distribution)}${channel}`;
  const others =
    image.otherPlatforms.length === 0
      ? ''
      : ` (also there: ${image.otherPlatforms.join(', ')}; choose with --platform)`;
  return plainText(
    `${readText(image)}, ${known}${image.platform === 'unknown/unknown' ? '' : `, ${image.platform}`}${others}, ${counted(packages.length, 'package')} in ${counted(image.layers.length, 'layer')}`,
  );
}

/** What was read, in the first column what it is. */
function readText({ name, digest, readFrom }: ScanReport['image']): string {
  const short = digest.slice(0, 19);
  if (readFrom === null) return `image     ${name} ${short}`;
  if (readFrom.kind === 'folder') return `folder    ${name} ${short}`;
  const by = readFrom.tool === undefined ? '' : ` by ${readFrom.tool}`;
  return `sbom      ${name} (${readFrom.form}${by})${digest === readFrom.document ? '' : ` of ${short}`}`;
}

function coverageLine({ coverage }: ScanReport, paint: Terminal['paint']): string {
  if (coverage.state === 'scanned') return 'coverage  scanned: everything in it could be judged';
  const reasons = coverage.reasons.map(({ text }) => plainText(text));
  return [
    paint('yellow', `coverage  ${coverage.state}: ${reasons[0] ?? 'no reason is known'}`),
    ...reasons.slice(1).map((reason) => paint('yellow', `          ${reason}`)),
  ].join('\n');
}

function dataLines({ advisories }: ScanReport): string[] {
  const { used, kevAsOf, epssAsOf, cvesAsOf } = advisories;
  const bySource = new Map<string, string[]>();
  for (const { shard, asOf, source } of used)
    bySource.set(source, [...(bySource.get(source) ?? []), `${shard} as of ${asOf.slice(0, 10)}`]);
  const lines = [...bySource].map(([source, shards]) => `${shards.join(', ')} (${source})`);
  const joined = [['KEV', kevAsOf] as const, ['EPSS', epssAsOf] as const, ['CVE List', cvesAsOf] as const].flatMap(
    ([name, asOf]) => (asOf === null ? [] : [`${name} as of ${asOf.slice(0, 10)}`]),
  );
  const all = [...lines, ...joined];
  return all.map((line, index) => plainText(`${index === 0 ? 'data' : '    '}      ${line}`));
}

/** Findings that differ only in which package of one source they are in. */
interface Row {
  readonly finding: ReportFinding;
  readonly names: readonly string[];
  readonly layers: readonly number[];
  /** the same package as the row above */
  readonly again: boolean;
}

function groupRows(report: ScanReport): Row[] {
  const place = new Map(report.image.layers.map(({ digest }, index) => [digest, index + 1]));
  const rows = new Map<string, { finding: ReportFinding; names: Set<string>; layers: Set<number> }>();
  for (const finding of report.findings) {
    const { package: found, vulnerability, severity, fixedIn } = finding;
    const id = JSON.stringify([packageId(finding), found.version, vulnerability, severity.level, fixedIn]);
    const row = rows.get(id) ?? { finding, names: new Set(), layers: new Set() };
    row.names.add(found.name);
    for (const { layer } of finding.places) row.layers.add(place.get(layer) ?? 0);
    rows.set(id, row);
  }
  // findings come worst first; a package stands where its worst finding does
  const byPackage = new Map<string, Row[]>();
  for (const { finding, names, layers } of rows.values()) {
    const sorted = [...names].sort();
    const id = JSON.stringify([packageId(finding), finding.package.version, sorted]);
    const group = byPackage.get(id) ?? [];
    group.push({ finding, names: sorted, layers: [...layers].sort((a, b) => a - b), again: group.length > 0 });
    byPackage.set(id, group);
  }
  return [...byPackage.values()].flat();
}

const packageId = ({ package: found }: ReportFinding): string =>
  JSON.stringify([found.ecosystem, found.matchedName, found.matchedVersion]);

function columnsOf(report: ScanReport, { paint, links }: Pick<Terminal, 'paint' | 'links'>): Column<Row>[] {
  const { findings, image } = report;
  const once = (text: (row: Row) => string) => (row: Row) => (row.again ? '' : text(row));
  const columns: Column<Row>[] = [
    { head: 'NAME', cell: once(({ names }) => nameText(names)), least: 12, good: 40, cut: 'middle' },
    { head: 'INSTALLED', cell: once(({ finding }) => finding.package.version), least: 10, good: 24, cut: 'middle' },
    { head: 'FIXED-IN', cell: ({ finding }) => fixText(finding), least: 10, good: 24, cut: 'middle' },
    { head: 'TYPE', cell: once(({ finding }) => finding.package.type), spare: 2 },
    {
      head: 'VULNERABILITY',
      cell: ({ finding }) => finding.vulnerability,
      least: 20,
      paint: (padded, { finding }) => (links ? linked(padded, finding.vulnerability) : padded),
    },
    {
      head: 'SEVERITY',
      cell: ({ finding }) => severityText(finding),
      paint: (padded, { finding }) =>
        paint(finding.malicious ? severityStyles.critical : severityStyles[finding.severity.level], padded),
    },
  ];
  columns.push({ head: 'RISK', cell: ({ finding }) => String(finding.risk.score), align: 'right', spare: 1 });
  if (findings.some(({ kev }) => kev !== null))
    columns.push({
      head: 'KEV',
      cell: ({ finding }) => (finding.kev === null ? '' : finding.kev.ransomware ? 'ransomware' : 'yes'),
      paint: (padded) => paint(['bold', 'red'], padded),
    });
  if (image.layers.length > 1)
    columns.push({ head: 'LAYER', cell: ({ layers }) => `${layers.join(',')} of ${image.layers.length}`, spare: 3 });
  return columns;
}

const nameText = (names: readonly string[]): string =>
  names.length <= 2 ? names.join(', ') : `${names.slice(0, 2).join(', ')} +${names.length - 2}`;

const statusWords: Readonly<Partial<Record<ReportFinding['status'], string>>> = {
  will_not_fix: '(will not be fixed)',
  fix_deferred: '(fix deferred)',
  end_of_life: '(end of life)',
  under_investigation: '(being looked at)',
  unknown: '(version unknown)',
};

const fixText = ({ fixedIn, status }: ReportFinding): string => fixedIn ?? statusWords[status] ?? '(no fix yet)';

function severityText({ malicious, disputed, severity }: ReportFinding): string {
  if (malicious) return 'malware';
  const score = severity.score === undefined ? '' : ` ${severity.score.toFixed(1)}`;
  return `${severity.level}${score}${disputed ? ' (disputed)' : ''}`;
}

/** A hyperlink (OSC 8) for ids that are plain; anything else stays text. */
function linked(padded: string, id: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9.:-]{2,60}$/.test(id)) return padded;
  const text = padded.trimEnd();
  const blank = padded.slice(text.length);
  return `\u001b]8;;https://osv.dev/vulnerability/${id}\u001b\\${text}\u001b]8;;\u001b\\${blank}`;
}

function nextStep({ findings, image, summary, advisories }: ScanReport): string[] {
  const malware = findings.find(({ malicious }) => malicious);
  if (malware !== undefined)
    return [
      `take ${malware.package.name} ${malware.package.version} out: the package itself is malware (drydock explain ${malware.vulnerability})`,
    ];
  const fixable = findings.filter(({ fixedIn, status }) => fixedIn !== null && status === 'affected');
  const base = image.layers[0]?.digest;
  const inBase = fixable.filter(({ places }) => places.some(({ layer }) => layer === base));
  const rebase = image.layers.length > 1 && inBase.length * 2 > fixable.length;
  const [worst] = rebase ? inBase : fixable;
  if (worst !== undefined) {
    const raise = `raise ${worst.package.name} to ${worst.fixedIn}`;
    return [
      rebase
        ? `rebuild on a newer base: ${inBase.length} of ${fixable.length} fixable findings are in the first layer; ${raise}`
        : `${raise}${fixable.length === 1 ? '' : `, the worst of ${fixable.length} fixable findings`}; drydock explain ${worst.vulnerability} says why`,
    ];
  }
  return summary.findings > 0 && advisories.missing.length === 0
    ? ['nothing here has a fix yet; scan again when the advisories change']
    : [];
}

/** Where advisories come from that are not here, or are old. */
function moreAdvisories({ advisories: { missing }, coverage }: ScanReport): string[] {
  const where = "drydock db update fetches them, or name others with --advisories <folder or address in OSV's layout>";
  const lists = missing.filter((shard) => shard !== cveListEcosystem);
  const steps =
    lists.length === missing.length
      ? []
      : ['get the CVE List: drydock db update fetches it, or name it with --cve-list <file, folder or address>'];
  if (lists.length > 0) {
    const named = lists.slice(0, 5).map(shardForPeople).join(', ');
    steps.unshift(`get advisories for ${named}${lists.length > 5 ? ` and ${lists.length - 5} more` : ''}: ${where}`);
  }
  if (steps.length > 0) return steps;
  return coverage.reasons.some(({ code }) => code === 'stale-advisories') ? [`get newer advisories: ${where}`] : [];
}
