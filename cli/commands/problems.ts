import { allProblems } from '../api-lists.ts';
import type { ProblemView } from '../api-shapes.ts';
import { oneOf, readArguments } from '../arguments.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { apiOptions, apiUsage, openApi } from '../open-api.ts';
import { safeJson } from '../safe-json.ts';
import { tableLines } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { counted, serviceName, severityStyles } from '../words.ts';

export const usage = `drydock problems [options]

  what is wrong with what runs: one line for each vulnerability of a package, over all services; the greatest risk
  first (0 to 100: severity, exploits known or likely, what runs, from where it is reached, whether it is in use, how long a fix
  waits; drydock explain shows the points)

  --sort <what>    risk (default) or severity
  --all            accepted and resolved ones too
  --json           as data; at most 20 services of each, with how many there are in all (total)
${apiUsage}`;

const levels = Object.keys(severityStyles);

/** Lists problems, the most urgent first. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values } = readArguments(args, {
    ...apiOptions,
    all: { type: 'boolean', default: false },
    sort: { type: 'string', default: 'risk' },
    json: { type: 'boolean', default: false },
  });
  const order = oneOf(values.sort, ['risk', 'severity'], '--sort');
  const api = await openApi(values);
  const all = (await allProblems(api)).toSorted(worstFirst(order));
  const shown = values.all ? all : all.filter(({ state }) => state === 'open');
  if (values.json) {
    terminal.write(`${safeJson({ schemaVersion: 1, problems: shown })}\n`);
    return exitCodes.ok;
  }
  const others = all.length - shown.length;
  const hidden = others === 0 ? '' : `; ${others} accepted or resolved are shown by --all`;
  terminal.write(
    `${terminal.paint('bold', `${counted(shown.length, values.all ? 'problem' : 'open problem')}${hidden}`)}\n`,
  );
  if (shown.length === 0) {
    terminal.write('how much of what runs could be judged: drydock status\n');
    return exitCodes.ok;
  }
  const lines = tableLines<ProblemView>(
    [
      { head: 'RISK', cell: ({ risk }) => (risk === undefined ? '' : String(risk.score)) },
      {
        head: 'SEVERITY',
        cell: ({ malicious, severity: { level, score } }) =>
          malicious ? 'malware' : score === undefined ? level : `${level} ${score.toFixed(1)}`,
        paint: (text, { severity, malicious }) =>
          terminal.paint(severityStyles[malicious ? 'critical' : severity.level], text),
      },
      { head: 'VULNERABILITY', cell: (problem) => problem.vulnerability, least: 20 },
      { head: 'PACKAGE', cell: (problem) => problem.package, least: 14, good: 36, cut: 'middle' },
      { head: 'FIXED-IN', cell: (problem) => problem.fixedIn ?? '(no fix yet)', least: 12, cut: 'middle' },
      {
        head: 'KEV',
        cell: ({ kev }) => (kev === undefined ? '' : kev.ransomware ? 'ransomware' : 'yes'),
        paint: (text) => terminal.paint(['bold', 'red'], text),
      },
      ...(values.all ? [{ head: 'STATE', cell: (problem: ProblemView) => problem.state }] : []),
      { head: 'SINCE', cell: ({ firstSeen }) => firstSeen.slice(0, 10), spare: 1 },
      { head: 'RUNS IN', cell: (problem) => whereText(problem), least: 20 },
    ],
    shown,
    { columns: terminal.columns, paintHead: (text) => terminal.paint('bold', text) },
  );
  terminal.write(`\n${lines.join('\n')}\n\nnext: drydock plans, or drydock explain ${shown[0]?.vulnerability ?? ''}\n`);
  return exitCodes.ok;
}

/** Services by name; those that the internet reaches say so, and so do those that are only counted when it reaches none that is named. */
export const whereText = ({ workloads, exposures, exposed, total }: ProblemView): string => {
  const facing = new Set(
    exposures.flatMap(({ workload, exposed }) => (exposed?.reach === 'internet' ? [workload] : [])),
  );
  const named = workloads.map((id) => `${serviceName(id)}${facing.has(id) ? ' (internet)' : ''}`).join(', ');
  const more = total.workloads - workloads.length;
  if (more <= 0) return named;
  const hidden = exposed?.reach === 'internet' && !workloads.some((id) => facing.has(id)) ? ' (internet)' : '';
  return `${named} and ${more} more${hidden}`;
};

const worstFirst =
  (by: 'risk' | 'severity') =>
  (a: ProblemView, b: ProblemView): number =>
    (by === 'risk' ? (b.risk?.score ?? 0) - (a.risk?.score ?? 0) : 0) ||
    Number(b.malicious) - Number(a.malicious) ||
    levels.indexOf(a.severity.level) - levels.indexOf(b.severity.level) ||
    Number(b.kev !== undefined) - Number(a.kev !== undefined) ||
    (b.severity.score ?? 0) - (a.severity.score ?? 0) ||
    (a.vulnerability < b.vulnerability ? -1 : 1);
