import { plainText } from '../plain-text.ts';
import type { Terminal } from '../terminal.ts';
import { counted } from '../words.ts';
import type { Preview } from './preview-types.ts';

/** What the preview was computed from, so that nobody takes it for more. */
export interface PreviewBasis {
  readonly file: string;
  readonly stack: string;
  readonly days: number;
  /** days on the timeline that had more events than are kept for a screen */
  readonly cutDays: readonly string[];
  readonly workloads: number;
  /** running digests of which nothing is known */
  readonly unread: number;
}

/** The preview for people: what changes first, what stays as a count. */
export function previewText(seen: Preview, basis: PreviewBasis, terminal: Terminal): string {
  const section = (head: string, lines: readonly string[]): string[] => [
    '',
    terminal.paint('bold', head),
    ...lines.map((line) => `  ${plainText(line)}`),
  ];
  const { alerts, past } = seen;
  return `${[
    terminal.paint('bold', plainText(`${basis.file} against ${basis.stack}`)),
    plainText(
      `computed from what the stack knows now (${counted(basis.workloads, 'workload')}, ${counted(alerts.open, 'problem')} not resolved) and the timeline of the last ${counted(basis.days, 'day')}${basis.cutDays.length === 0 ? '' : `; of ${basis.cutDays.join(', ')} only the newest 300 events`}; nothing was changed`,
    ),
    ...section(
      'modes',
      changed(seen.modes, ({ service, before, after, why }) => `${service}: ${before} -> ${after} (${why})`, 'service'),
    ),
    ...section('alerts', [
      `of ${counted(alerts.open, 'problem')} ${alerts.now.after} would be told at once; the policy in force tells ${alerts.now.before}`,
      ...alerts.differ.map(
        ({ header, after, why }) => `${after ? 'told at once' : 'not told at once'}: ${header} (${why})`,
      ),
      `of ${counted(past.changes, 'change')} of problems in those days ${past.told.after} would have been told at once; by the policy in force ${past.told.before}${past.forgotten === 0 ? '' : ` (${past.forgotten} speak of problems that are gone and are not counted)`}`,
    ]),
    ...section('exceptions', [
      ...(seen.accepted.length === 0 ? ['accept nothing'] : []),
      ...seen.accepted.map(({ problem, reason, until }) => `accept ${problem} until ${until}: ${reason}`),
      ...seen.endedExceptions.map((id) => `${id} has ended and accepts nothing`),
      ...seen.idleExceptions.map((id) => `${id} is needed by nothing that runs`),
    ]),
    ...section('verdicts of what runs', [
      ...seen.verdicts.map(
        ({ image, before, after, why }) => `${image}: ${after}${before === after ? '' : ` (was ${before})`}: ${why}`,
      ),
      ...(basis.unread === 0 ? [] : [`${counted(basis.unread, 'running image')} not read yet: no verdict`]),
      ...(seen.verdicts.length + basis.unread === 0 ? ['nothing runs'] : []),
    ]),
    ...section(
      'plans',
      changed(seen.plans, ({ plan, service, before, after }) => `${plan}, ${service}: ${before} -> ${after}`, 'change'),
    ),
    ...(seen.tags.length === 0
      ? []
      : section(
          'tags that may be rolled out though the application differs',
          seen.tags.map(
            ({ repository, rule, tags }) =>
              `${repository} ${rule}: ${tags.length === 0 ? 'none of those that are known' : tags.join(', ')}`,
          ),
        )),
  ].join('\n')}\n`;
}

function changed<T extends { readonly before: unknown; readonly after: unknown }>(
  all: readonly T[],
  text: (each: T) => string,
  what: string,
): string[] {
  const different = all.filter(({ before, after }) => before !== after);
  const same = all.length - different.length;
  return [...different.map(text), ...(same > 0 || all.length === 0 ? [`${counted(same, what)} as now`] : [])];
}
