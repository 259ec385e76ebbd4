import type { Problem, ProblemKey, Transition } from '#shared/findings';

/** Where an alert stands: the problem's transitions and the repair's (people.md section 1). */
export type AlertState = Transition | 'PLANNED' | 'ROLLING' | 'VERIFIED' | 'ROLLED_BACK';

/** Which part of the house an alert is for, from the tags of its services. */
export interface AlertLabels {
  readonly env: string;
  readonly team: string;
}

/** How far the repair of a problem is, when there is one; from the plan or rollout that names the problem. */
export interface RepairNews {
  readonly state: 'PLANNED' | 'ROLLING' | 'VERIFIED' | 'ROLLED_BACK';
  /** the plan or rollout id, for buttons and links */
  readonly id: string;
  readonly text: string;
  /** only in mode ask: what approving would start */
  readonly approvable: boolean;
  /** when it was said, ISO: news that come late never replace newer ones */
  readonly at: string;
}

/**
 * What people read: one per problem, updated in place. All strings are plain text, hostile parts included; each rendering
 * escapes for its own medium. Six lines: header, why, where, fix, next, buttons.
 */
export interface Alert {
  readonly key: ProblemKey;
  /** text of the key; also the file name or thread id elsewhere */
  readonly id: string;
  readonly state: AlertState;
  /** since when, ISO: with the state, what tells one follow-up from another */
  readonly stateAt: string;
  readonly severity: Problem['severity'];
  /** known to be exploited */
  readonly kev: boolean;
  /** what subscribers filter by; 'unknown' where no tag says it, 'several' where tags differ */
  readonly labels: AlertLabels;
  /** at most 150 characters, the severity word first */
  readonly header: string;
  readonly why: string;
  readonly where: string;
  readonly fix: string;
  readonly next: string;
  /** what has happened since, newest last */
  readonly history: readonly { readonly at: string; readonly text: string }[];
  readonly buttons: readonly {
    readonly action: 'approve' | 'explain' | 'open';
    readonly label: string;
    readonly value: string;
  }[];
  /** tell now, or leave it for the digest; with the reason */
  readonly urgency: { readonly now: boolean; readonly reason: string };
  readonly at: string;
}

/** A place to tell alerts to. Adapters: Slack bot, Slack webhook, SNS, plain webhook, the local inbox. */
export interface Channel {
  readonly name: string;
  /** true: `send` with an earlier reference edits that message; false: it sends a follow-up, so it is told of a new state only, never of a line that changed */
  readonly edits: boolean;
  /** Returns the message's reference when the channel has one. Throws ChannelError. */
  send(alert: Alert, earlier?: string): Promise<string | undefined>;
}
