import { parsePolicy, savePolicy } from '#shared/policy';
import type { ApiPorts } from './ports.ts';

/** Keeps a policy that somebody brought, and looks at everything that runs again by it; a dry run only says whether it is one. */
export async function takePolicy(
  ports: Pick<ApiPorts, 'table' | 'now' | 'policyChanged'>,
  text: string,
  by: string,
  dryRun: boolean,
): Promise<unknown> {
  if (dryRun) {
    const parsed = parsePolicy(text);
    return 'errors' in parsed
      ? { dryRun, saved: false, errors: parsed.errors }
      : { dryRun, saved: false, policy: parsed.policy };
  }
  const saved = await savePolicy(ports.table, text, { by, now: ports.now() });
  if (saved.saved) await ports.policyChanged();
  return saved;
}
