import { type Command, commands } from './commands.ts';
import { exitCodes, exitCodesUsage, UsageError } from './exit-codes.ts';
import { tellFileError } from './file-error.ts';
import { nearest } from './nearest.ts';
import { plainLines, plainText } from './plain-text.ts';
import { openTerminal, type Terminal } from './terminal.ts';

/** Runs one command line and ends the process with its exit code. Nothing but the report goes to stdout. */
export async function runDrydock(args: readonly string[]): Promise<void> {
  process.stdout.on('error', ({ code = 'unknown reason' }: NodeJS.ErrnoException) => {
    // a reader that has seen enough (`drydock scan ... | head`) is no failure
    if (code === 'EPIPE') process.exit(exitCodes.ok);
    process.stderr.write(`drydock: the report cannot be written (${code})\n`, () => process.exit(exitCodes.failed));
  });
  process.stderr.on('error', () => undefined);
  const given = (flag: string): boolean => beforeDashes(args).includes(flag);
  const terminal = openTerminal({
    environment: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    quiet: given('--quiet') || given('-q'),
    ...(given('--no-color') ? { color: false } : given('--color') ? { color: true } : {}),
  });
  const code = await run(args, terminal).catch((error: unknown) => {
    terminal.complain(`drydock: ${tellError(error, given('--debug'))}`);
    return exitCodes.failed;
  });
  // sockets that are kept alive must not keep the command alive
  process.stdout.write('', (error) => {
    // what went wrong is told above
    if (error === null || error === undefined) process.exit(code);
  });
}

async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const [first = '', second = ''] = args;
  if (first === '' || first === 'help' || first === '--help' || first === '-h') {
    const [, ...words] = args;
    const command = words.length === 0 ? undefined : findCommand(words).command;
    terminal.write(command === undefined ? overview() : (await command.load()).usage);
    return first === '' ? exitCodes.failed : exitCodes.ok;
  }
  if (first === '--version' || first === '-V') return (await import('./commands/version.ts')).run([], terminal);
  if (first.startsWith('-')) throw new UsageError(`${first} stands before a command; write drydock <command> ${first}`);
  const { command, rest } = findCommand([first, second, ...args.slice(2)].filter((_, index) => index < args.length));
  const module = await command.load();
  if (beforeDashes(rest).some((arg) => arg === '--help' || arg === '-h')) {
    terminal.write(module.usage);
    return exitCodes.ok;
  }
  return module.run(rest, terminal);
}

function findCommand(words: readonly string[]): { readonly command: Command; readonly rest: readonly string[] } {
  for (const length of [2, 1]) {
    const command = commands.find(({ name }) => name === words.slice(0, length).join(' '));
    if (command !== undefined) return { command, rest: words.slice(length) };
  }
  const [first = '', second] = words;
  const group = commands
    .filter(({ name }) => name.startsWith(`${first} `))
    .map(({ name }) => name.slice(first.length + 1));
  if (group.length > 0) {
    const near = second === undefined ? undefined : nearest(second, group);
    throw new UsageError(
      `drydock ${first} needs one of: ${group.join(', ')}${near === undefined ? '' : `; did you mean drydock ${first} ${near}?`}`,
    );
  }
  const near = nearest(first, new Set(commands.map(({ name }) => name.split(' ')[0] ?? name)));
  throw new UsageError(
    `there is no command ${JSON.stringify(first)}${near === undefined ? '; drydock --help lists them' : `; did you mean drydock ${near}?`}`,
  );
}

function overview(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    'Drydock finds vulnerable container images, and repairs the services that run them.',
    '',
    'usage: drydock <command> [arguments]',
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'drydock <command> --help says more. --debug shows where an error comes from, --no-color takes the colours away.',
    exitCodesUsage,
  ].join('\n');
}

/** One line that names the thing and says what to do; with `debug` where it comes from. */
function tellError(error: unknown, debug: boolean): string {
  if (!(error instanceof Error)) return plainText(String(error));
  if (debug) return plainLines(stackOf(error));
  const refused = tellFileError(error);
  if (refused !== undefined) return refused;
  return plainText(error.message.trim() === '' ? error.name : error.message.replace(/\s+/g, ' '));
}

const stackOf = (error: Error): string =>
  `${error.stack ?? error.message}${error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : ''}`;

const beforeDashes = (args: readonly string[]): readonly string[] => {
  const end = args.indexOf('--');
  return end < 0 ? args : args.slice(0, end);
};
