import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UsageError } from './exit-codes.ts';
import { nearest } from './nearest.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

/** Options that every command takes; main looks at them before the command does. */
export const everywhere = {
  help: { type: 'boolean', short: 'h', default: false },
  debug: { type: 'boolean', default: false },
  color: { type: 'boolean' },
} as const satisfies Options;

/** What a command line came to. */
type Parsed<T extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; options: T & typeof everywhere; allowPositionals: true; strict: true }>
>;

/**
 * Reads a command's arguments; `names` are its positional arguments, an optional one in brackets. Throws UsageError with the nearest name
 * of an option that does not exist.
 */
export function readArguments<const T extends Options>(
  args: readonly string[],
  options: T,
  names: readonly string[] = [],
): { readonly values: Parsed<T>['values']; readonly positionals: readonly string[] } {
  const known = { ...options, ...everywhere };
  let parsed: Parsed<T>;
  try {
    parsed = parseArgs({ args: [...args], options: known, allowPositionals: true, allowNegative: true, strict: true });
  } catch (cause) {
    throw asUsageError(cause, Object.keys(known));
  }
  const missing = names.slice(parsed.positionals.length).find((name) => !name.startsWith('['));
  if (missing !== undefined) throw new UsageError(`${missing} is missing; write it after the command`);
  const extra = parsed.positionals[names.length];
  if (extra !== undefined) throw new UsageError(`there is an argument too many: ${JSON.stringify(extra)}`);
  return { values: parsed.values, positionals: parsed.positionals };
}

function asUsageError(cause: unknown, known: readonly string[]): unknown {
  if (!(cause instanceof TypeError) || !('code' in cause) || !String(cause.code).startsWith('ERR_PARSE_ARGS'))
    return cause;
  const option = /'(--?[^' ]+)/.exec(cause.message)?.[1];
  if (cause.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' && option !== undefined) {
    const near = nearest(option.replace(/^--?(?:no-)?/, ''), known);
    return new UsageError(
      `there is no option ${option}${near === undefined ? '; --help lists them' : `; did you mean --${near}?`}`,
    );
  }
  return new UsageError((cause.message.split('. ')[0] ?? cause.message).replace(/^Option /, 'option '), { cause });
}

/** A number of an option. Throws UsageError. */
export function wholeNumber(text: string, option: string, least: number, most: number): number {
  const value = /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most))
    throw new UsageError(`${option} takes a whole number from ${least} to ${most}, not ${JSON.stringify(text)}`);
  return value;
}

/** `90s`, `5m`, `1h` in milliseconds. Throws UsageError. */
export function duration(text: string, option: string): number {
  const match = /^([0-9]{1,6})(ms|s|m|h)?$/.exec(text);
  const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
  const value = Number(match?.[1] ?? 0) * (units[match?.[2] ?? 's'] ?? 0);
  if (value <= 0 || value > 86_400_000)
    throw new UsageError(`${option} takes a time such as 90s, 5m or 1h, not ${JSON.stringify(text)}`);
  return value;
}

/** One of the words of an option. Throws UsageError with the nearest one. */
export function oneOf<T extends string>(text: string, words: readonly T[], option: string): T {
  const found = words.find((word) => word === text.toLowerCase());
  if (found !== undefined) return found;
  const near = nearest(text.toLowerCase(), words);
  throw new UsageError(
    `${option} takes ${words.join(', ')}, not ${JSON.stringify(text)}${near === undefined ? '' : `; did you mean ${near}?`}`,
  );
}
