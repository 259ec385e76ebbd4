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
  {
    name: 'scan',
    summary: 'what is wrong with an image; needs no stack',
    load: () => import('./commands/scan.ts'),
  },
  {
    name: 'explain',
    summary: 'why a vulnerability is found, or is not',
    load: () => import('./commands/explain.ts'),
  },
  {
    name: 'sbom',
    summary: 'what is in an image, as CycloneDX or SPDX',
    load: () => import('./commands/sbom.ts'),
  },
  {
    name: 'push',
    summary: 'copy an image to the running stack, or to any registry',
    load: () => import('./commands/push.ts'),
  },
  {
    name: 'local run',
    summary: 'run an image as a service of the running stack',
    load: () => import('./commands/local-run.ts'),
  },
  {
    name: 'local stop',
    summary: 'take such a service away',
    load: () => import('./commands/local-stop.ts'),
  },
  {
    name: 'status',
    summary: 'how much of what runs is known',
    load: () => import('./commands/status.ts'),
  },
  {
    name: 'problems',
    summary: 'what is wrong with what runs',
    load: () => import('./commands/problems.ts'),
  },
  {
    name: 'plans',
    summary: 'the repairs that are offered',
    load: () => import('./commands/plans.ts'),
  },
  {
    name: 'plan',
    summary: 'one of them: what, why, what it leaves',
    load: () => import('./commands/plan.ts'),
  },
  {
    name: 'approve',
    summary: 'start one of them (--dry-run: only say what would happen)',
    load: () => import('./commands/approve.ts'),
  },
  {
    name: 'rollouts',
    summary: 'the repairs that were started',
    load: () => import('./commands/rollouts.ts'),
  },
  {
    name: 'rollout',
    summary: 'how one of them goes',
    load: () => import('./commands/rollout.ts'),
  },
  {
    name: 'rollout stop',
    summary: 'begin nothing new of it',
    load: () => import('./commands/rollout-stop.ts'),
  },
  {
    name: 'proof',
    summary: 'export what was proven of it, as JSON',
    load: () => import('./commands/proof.ts'),
  },
  {
    name: 'policy check',
    summary: 'every error of a policy file, with line and path',
    load: () => import('./commands/policy-check.ts'),
  },
  {
    name: 'policy preview',
    summary: 'what a policy file would decide, before it does',
    load: () => import('./commands/policy-preview.ts'),
  },
  {
    name: 'policy push',
    summary: 'put a policy file in force',
    load: () => import('./commands/policy-push.ts'),
  },
  {
    name: 'db update',
    summary: 'fetch advisories for working offline',
    load: () => import('./commands/db-update.ts'),
  },
  {
    name: 'db status',
    summary: 'which advisories were fetched, from where and when',
    load: () => import('./commands/db-status.ts'),
  },
  {
    name: 'db export',
    summary: 'fetch advisories into a folder to carry elsewhere',
    load: () => import('./commands/db-export.ts'),
  },
  {
    name: 'policy import',
    summary: 'exceptions of .trivyignore and Grype as policy entries',
    load: () => import('./commands/policy-import.ts'),
  },
  {
    name: 'vex import',
    summary: 'take what an OpenVEX or CSAF document says of images',
    load: () => import('./commands/vex-import.ts'),
  },
  {
    name: 'vex list',
    summary: 'the VEX documents that people brought to a stack',
    load: () => import('./commands/vex-list.ts'),
  },
  {
    name: 'vex remove',
    summary: 'take one of them back (--dry-run: only say which)',
    load: () => import('./commands/vex-remove.ts'),
  },
  {
    name: 'vex export',
    summary: 'issue the exceptions on an image as OpenVEX',
    load: () => import('./commands/vex-export.ts'),
  },
  {
    name: 'open',
    summary: 'the page, of a deployed stack too',
    load: () => import('./commands/open.ts'),
  },
  {
    name: 'doctor',
    summary: 'whether everything that Drydock needs is here',
    load: () => import('./commands/doctor.ts'),
  },
  {
    name: 'completion',
    summary: 'a completion script for bash, zsh or fish',
    load: () => import('./commands/completion.ts'),
  },
  {
    name: 'version',
    summary: 'the version of Drydock and of its Node',
    load: () => import('./commands/version.ts'),
  },
];
