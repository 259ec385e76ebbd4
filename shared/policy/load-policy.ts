import { type Item, keys, type Table, unpackJson } from '#shared/store';
import { defaultPolicy, policySchema } from './schema.ts';
import type { Policy } from './types.ts';

/** The policy in force, for those who only follow it. */
export interface LoadedPolicy {
  readonly policy: Policy;
  /** 0: nobody wrote one; counts up with every change */
  readonly rev: number;
  /** set when what is stored cannot be used by this version: the policy is the default then, which acts on nothing */
  readonly unusable?: string;
}

/**
 * The policy in force, read consistently, from the value that is stored beside its text: functions that follow the policy carry no reader of YAML, a
 * tenth of their bundle. Never throws for what is stored; throws StoreError when the table cannot be read.
 */
export async function loadPolicy(table: Table): Promise<LoadedPolicy> {
  return policyOf(await table.get(keys.policy(), { consistent: true }));
}

/** The same of a row that was read. */
export function policyOf(item: Item | undefined): LoadedPolicy {
  if (item === undefined) return { policy: defaultPolicy, rev: 0 };
  const rev = Number(item.rev);
  const parsed = policySchema.safeParse(storedValue(item.value));
  return parsed.success
    ? { policy: parsed.data, rev }
    : {
        policy: defaultPolicy,
        rev,
        unusable: 'another version wrote the stored policy; put it in force again: drydock policy push',
      };
}

function storedValue(packed: unknown): unknown {
  if (!(packed instanceof Uint8Array)) return undefined;
  try {
    return unpackJson(Buffer.from(packed));
  } catch {
    return undefined;
  }
}
