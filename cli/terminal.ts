import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** What the command writes to, and how. */
export interface Terminal {
  /** columns that a table may take; Infinity when a program reads it */
  readonly columns: number;
  /** whether progress may be drawn on stderr */
  readonly progress: boolean;
  /** whether addresses may be hidden behind words (OSC 8) */
  readonly links: boolean;
  /** the report, to stdout */
  write(text: string): void;
  /** a line for people, to stderr; --quiet keeps it back */
  note(text: string): void;
  /** why it did not go well, to stderr, always */
  complain(text: string): void;
  /** a line that the next one replaces, to stderr; '' takes it away */
  draw(text: string): void;
  /** colours text if stdout takes it */
  paint(style: Style, text: string): string;
}

/** What decides how the terminal is used: environment and streams, so that a test can give its own. */
export interface TerminalInput {
  readonly environment: NodeJS.ProcessEnv;
  readonly stdout: Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'write'>;
  readonly stderr: Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'write'>;
  /** `--color` or `--no-color` */
  readonly color?: boolean;
  readonly quiet?: boolean;
}

/** A terminal by the habits: NO_COLOR, FORCE_COLOR, COLUMNS, TERM=dumb, CI; a flag wins over the environment. */
export function openTerminal({ environment, stdout, stderr, color, quiet = false }: TerminalInput): Terminal {
  const dumb = environment.TERM === 'dumb';
  const set = (name: string): boolean => (environment[name] ?? '') !== '';
  const forced = set('FORCE_COLOR')
    ? environment.FORCE_COLOR !== '0' && environment.FORCE_COLOR !== 'false'
    : undefined;
  const colour = color ?? (set('NO_COLOR') ? false : (forced ?? (stdout.isTTY === true && !dumb)));
  const wanted = Number(environment.COLUMNS);
  const columns =
    Number.isInteger(wanted) && wanted > 0 ? wanted : stdout.isTTY ? (stdout.columns ?? 80) : Number.POSITIVE_INFINITY;
  const progress = !quiet && stderr.isTTY === true && !dumb && !inContinuousIntegration(environment);
  let drawn = false;
  const wipe = () => {
    if (drawn) stderr.write('\r\u001b[2K');
    drawn = false;
  };
  return {
    columns,
    progress,
    links: colour && stdout.isTTY === true && !dumb,
    write(text) {
      wipe();
      stdout.write(text);
    },
    note(text) {
      if (quiet) return;
      wipe();
      stderr.write(`${text}\n`);
    },
    complain(text) {
      wipe();
      stderr.write(`${text}\n`);
    },
    draw(text) {
      if (!progress) return;
      wipe();
      if (text === '') return;
      stderr.write(text.slice(0, Math.max(20, (stderr.columns ?? 80) - 1)));
      drawn = true;
    },
    paint: (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text),
  };
}

const inContinuousIntegration = ({ CI }: NodeJS.ProcessEnv): boolean =>
  CI !== undefined && CI !== '' && CI !== '0' && CI !== 'false';
