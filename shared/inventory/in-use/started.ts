import { baseOf } from '../path.ts';
import type { ExecutableFile } from '../types.ts';
import type { ProgramFinder } from './program-finder.ts';
import { isShell, isSupervisor, isWrapper } from './runtimes.ts';

/** What a command line starts, as far as its words and the headers of its programs tell. */
export interface Started {
  /** programs with what leads to them: `/entrypoint.sh -> /bin/sh`; hostile text */
  readonly programs: ReadonlyMap<ExecutableFile, string>;
  /** why it may start more than these; undefined: nothing says that it does */
  readonly open?: string;
}

const mostDepth = 8;
const mostWords = 200;
const longestWord = 200;
const longestShell = 10_000;

/** Follows a command line: wrappers to what they become, scripts to their interpreters, entrypoint scripts to the command that they are given. Pure. */
export function startedBy(words: readonly string[], finder: ProgramFinder): Started {
  const programs = new Map<ExecutableFile, string>();
  const open: string[] = [];
  const follow = (line: readonly string[], by: string, depth: number): boolean => {
    const [word, ...rest] = line;
    const file = word === undefined ? undefined : finder.named(word);
    if (word === undefined || file === undefined) return false;
    const chain = `${by}${shortened(word)}`;
    if (!programs.has(file)) programs.set(file, chain);
    if (depth >= mostDepth) {
      open.push(`${chain} starts more than is followed`);
      return true;
    }
    const next = (command: readonly string[]): boolean => follow(command, `${chain} -> `, depth + 1);
    const name = baseOf(word);
    // busybox and its like are what they are called
    const isSh = isShell(name) || (isShell(baseOf(file.path)) && baseOf(file.path) !== 'busybox');
    if (isSupervisor(name) || isSupervisor(baseOf(file.path)))
      open.push(`${chain} starts what its configuration says, which is not read`);
    if (file.interpreter !== undefined) {
      const interpreter = file.interpreter.trim().split(/\s+/);
      if (!next(interpreter)) open.push(`the interpreter of ${chain} was not found in the image`);
      // what an entrypoint script is given is by custom what it becomes in the end
      next(rest);
      return true;
    }
    if (isSh) {
      const script = rest.indexOf('-c');
      if (script >= 0) followShell(rest[script + 1] ?? '', chain, next, open);
      else open.push(`${chain} reads commands, and what else these start is not known`);
      return true;
    }
    if (isWrapper(name)) {
      const at = rest.findIndex((each) => !each.startsWith('-') && !each.includes('=') && finder.named(each));
      if (at < 0) open.push(`${chain} starts what was not found in the image`);
      else next(rest.slice(at));
    }
    return true;
  };
  const line = words.slice(0, mostWords);
  if (line.length === 0) open.push('the image does not say what it starts');
  else if (!follow(line, '', 0)) open.push(`${shortened(line[0] ?? '')}, which the image starts, was not found in it`);
  const [first] = open;
  return { programs, ...(first === undefined ? {} : { open: first }) };
}

/** The commands of a `sh -c`: those that are plain words can be followed, anything else leaves open what is started. */
function followShell(text: string, chain: string, next: (line: readonly string[]) => boolean, open: string[]): void {
  const read = text.slice(0, longestShell);
  // one class of characters: hostile text is made of whatever an expression could match in two ways
  const isPlain = !/[^\w\s./:=@,+%'";|-]/.test(read.replaceAll('&&', ''));
  const commands = read.split(/&&|\|\||[;|&()\n]/).map((command) =>
    command
      .trim()
      .split(/\s+/)
      .map((word) => word.replace(/^['"]|['"]$/g, '')),
  );
  for (const command of commands.slice(0, mostWords)) {
    const line = command.slice(command.findIndex((word) => word !== 'exec' && !/^\w+=/.test(word)));
    if (line[0] === undefined || line[0] === '') continue;
    if (!next(line) && !isBuiltIn(line[0])) open.push(`${shortened(line[0])}, which ${chain} starts, was not found`);
  }
  if (!isPlain) open.push(`${chain} works out what it starts`);
  if (read.length < text.length || commands.length > mostWords) open.push(`${chain} starts more than is followed`);
}

const isBuiltIn = (word: string): boolean =>
  /^(?:cd|export|set|umask|ulimit|true|false|echo|printf|test|\[|:|wait|exit)$/.test(word);

const shortened = (word: string): string => (word.length > longestWord ? `${word.slice(0, longestWord)}…` : word);
