import { readFile, stat } from 'node:fs/promises';
import { readArguments } from '../arguments.ts';
import { CommandFailed, type ExitCode, exitCodes, UsageError } from '../exit-codes.ts';
import { plainText } from '../plain-text.ts';
import { exceptionsText, importRules, mergeExceptions } from '../policy/import/import-rules.ts';
import { dayOf, type ImportEnds } from '../policy/import/types.ts';
import type { Terminal } from '../terminal.ts';
import { counted } from '../words.ts';
import { writeTextFile } from '../write-text-file.ts';

export const usage = `drydock policy import <file> --owner <who> [options]

  <file>           .trivyignore, .trivyignore.yaml or .grype.yaml: their ignore rules as exceptions of a policy, on stdout. A rule that would accept more
                   here than there is refused and named on stderr; exit code 3 if there is one

  --owner <who>    who answers for them: each exception has an owner
  --into <policy>  put them into this policy file instead; its comments stay
  --until <day>    the last day of rules that never end
  --until-fixed    they end with a fix
  --until-kev      they end when an exploit is known

  drydock policy import .trivyignore --owner 'the api team' --until-fixed --into policy.yaml
`;

const mostBytes = 1 << 20;

/** Makes exceptions of other tools' ignore rules. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = readArguments(
    args,
    {
      owner: { type: 'string' },
      into: { type: 'string' },
      until: { type: 'string' },
      'until-fixed': { type: 'boolean', default: false },
      'until-kev': { type: 'boolean', default: false },
    },
    ['<file>'],
  );
  const file = positionals[0] ?? '';
  if (values.until !== undefined && dayOf(values.until) !== values.until)
    throw new UsageError(`--until takes a day such as 2027-03-31, not ${JSON.stringify(values.until)}`);
  const owner = values.owner?.trim() ?? '';
  if (owner === '' || owner.length > 200)
    throw new UsageError("name who answers for these exceptions: --owner 'the api team'");
  const ends: ImportEnds = {
    ...(values.until === undefined ? {} : { until: values.until }),
    ...(values['until-fixed'] ? { untilFixed: true } : {}),
    ...(values['until-kev'] ? { untilKev: true } : {}),
  };
  const { exceptions, refused } = importRules(await read(file), file, ends, owner);
  for (const why of refused) terminal.complain(plainText(`${file}: not taken: ${why}`));
  if (values.into === undefined) {
    if (exceptions.length > 0) terminal.write(exceptionsText(exceptions));
  } else {
    const { text, added } = mergeExceptions(await read(values.into), exceptions, values.into);
    if (added > 0) await writeTextFile(values.into, text, { otherwise: 'make it writable or leave --into out' });
    terminal.write(`${values.into}: ${counted(added, 'exception')} added, ${exceptions.length - added} were there\n`);
  }
  return refused.length > 0 ? exitCodes.incomplete : exitCodes.ok;
}

async function read(file: string): Promise<string> {
  try {
    if ((await stat(file)).size > mostBytes) throw new CommandFailed(`${file} is larger than 1 MB; name another file`);
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof CommandFailed) throw cause;
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new CommandFailed(`${JSON.stringify(file)} cannot be read (${why}); name a file`, { cause });
  }
}
