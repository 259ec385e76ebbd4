import type { ExitCode } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** What a command's file exports. */
export interface CommandModule {
  /** what `--help` prints: the forms, the options, an example */
  readonly usage: string;
  run(args: readonly string[], terminal: Terminal): Promise<ExitCode>;
}

/** A command as the list knows it; its code is loaded when it is called. */
export interface Command {
  /** one or two words */
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
}

/** Every command, in the order in which help lists them. */
export const commands: readonly Command[] = [
  { name: 'scan', summary: 'what is wrong with an image, without the stack', load: () => import('./commands/scan.ts') },
];
