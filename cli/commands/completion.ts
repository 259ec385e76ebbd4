import { oneOf, readArguments } from '../arguments.ts';
import { commands } from '../commands.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';

export const usage = `drydock completion <shell>

  prints a completion script for bash, zsh or fish

  source <(drydock completion bash)
  drydock completion fish > ~/.config/fish/completions/drydock.fish
`;

const shells = ['bash', 'zsh', 'fish'] as const;

/** Prints a script that completes the command's words, and files after them. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { positionals } = readArguments(args, {}, ['<shell>']);
  const shell = oneOf(positionals[0] ?? '', shells, 'drydock completion');
  terminal.write(shell === 'fish' ? fish() : bash(shell));
  return exitCodes.ok;
}

const first = (): string => [...new Set(commands.map(({ name }) => name.split(' ')[0]))].join(' ');

/** The second words of the commands that have some, by the first. */
const groups = (): Map<string, string[]> => {
  const found = new Map<string, string[]>();
  for (const { name } of commands) {
    const [group = '', word] = name.split(' ');
    if (word !== undefined) found.set(group, [...(found.get(group) ?? []), word]);
  }
  return found;
};

const bash = (
  shell: 'bash' | 'zsh',
): string => `${shell === 'zsh' ? 'autoload -U +X bashcompinit && bashcompinit\n' : ''}_drydock() {
  local word="\${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${first()}" -- "$word"))
  elif [ "$COMP_CWORD" -eq 2 ]; then
    case "\${COMP_WORDS[1]}" in
${[...groups()].map(([group, words]) => `      ${group}) COMPREPLY=($(compgen -W "${words.join(' ')}" -- "$word")) ;;`).join('\n')}
    esac
  fi
}
complete -o default -F _drydock drydock
`;

const fish = (): string =>
  [
    ...commands
      .filter(({ name }) => !name.includes(' '))
      .map(
        ({ name, summary }) =>
          `complete -c drydock -n __fish_use_subcommand -a ${name} -d '${summary.replaceAll("'", '')}'`,
      ),
    ...[...groups()].flatMap(([group, words]) => [
      `complete -c drydock -n __fish_use_subcommand -a ${group}`,
      `complete -c drydock -n '__fish_seen_subcommand_from ${group}' -a '${words.join(' ')}'`,
    ]),
    '',
  ].join('\n');
