import { keys, packJson, StoreError, type Table } from '#shared/store';
import { policyOf } from './load-policy.ts';
import { parsePolicy } from './parse-policy.ts';
import { defaultPolicy } from './schema.ts';
import type { Policy, PolicyProblem } from './types.ts';

/** The policy in force and where it comes from. */
export interface PolicyState {
  readonly policy: Policy;
  /** the file as it was written; empty while nobody wrote one */
  readonly text: string;
  /** 0: nobody wrote one; counts up with every change */
  readonly rev: number;
  readonly by?: string;
  /** ISO */
  readonly at?: string;
  /** set when the stored file cannot be used by this version: the policy is the default then, which acts on nothing */
  readonly errors?: readonly PolicyProblem[];
}

/** What became of a new policy: a file with an error changes nothing. */
export type SavedPolicy =
  | { readonly saved: true; readonly state: PolicyState }
  | { readonly saved: false; readonly errors: readonly PolicyProblem[] };

/** The policy in force with its text, for those who show or change it; read consistently. */
export async function policyState(table: Table): Promise<PolicyState> {
  const item = await table.get(keys.policy(), { consistent: true });
  if (item === undefined) return { policy: defaultPolicy, text: '', rev: 0 };
  const text = String(item.text);
  const { policy, unusable } = policyOf(item);
  const said = { policy, text, rev: Number(item.rev), by: String(item.by), at: String(item.at) };
  if (unusable === undefined) return said;
  const parsed = parsePolicy(text, 'stored');
  return { ...said, errors: 'errors' in parsed ? parsed.errors : [{ line: 1, column: 1, path: '', text: unusable }] };
}

/**
 * Puts a new policy in force, or refuses it with every error, in which case the one before stays. The file before is kept beside it, and the value that the file
 * holds, so that those who only follow the policy need no reader of YAML. Throws StoreError when the
 * table cannot be written.
 */
export async function savePolicy(
  table: Table,
  text: string,
  { by, now }: { readonly by: string; readonly now: Date },
): Promise<SavedPolicy> {
  const parsed = parsePolicy(text);
  if ('errors' in parsed) return { saved: false, errors: parsed.errors };
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const before = await table.get(keys.policy(), { consistent: true });
    const rev = Number(before?.rev ?? 0) + 1;
    const at = now.toISOString();
    const previous =
      before === undefined ? undefined : { text: before.text, rev: before.rev, by: before.by, at: before.at };
    const result = await table.put(
      { ...keys.policy(), text, value: packJson(parsed.value), rev, by, at, previous },
      before === undefined ? { absent: true } : { equals: { attribute: 'rev', value: rev - 1 } },
    );
    if (result === 'written') return { saved: true, state: { policy: parsed.policy, text, rev, by, at } };
  }
  throw new StoreError('unavailable', 'the policy', 'others write it all the time; try again');
}
