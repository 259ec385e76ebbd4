import { globMatches } from './glob.ts';
import type { Mode, Policy } from './types.ts';

/** The tag by which a service's owner decides (design decision 15). */
export const modeTag = 'drydock:repair';

const modes: readonly string[] = ['observe', 'ask', 'auto'];
const isMode = (text: string): text is Mode => modes.includes(text);

/**
 * What Drydock may do to a workload, and who says so: its tag, else the first service rule, else the default. A tag with another value means observe: nobody is
 * acted on by a misspelling.
 */
export function modeOf(
  policy: Pick<Policy, 'mode' | 'services'>,
  workload: { readonly cluster: string; readonly name: string; readonly tags: Readonly<Record<string, string>> },
): { readonly mode: Mode; readonly why: string } {
  const tag = Object.hasOwn(workload.tags, modeTag) ? workload.tags[modeTag]?.trim().toLowerCase() : undefined;
  if (tag !== undefined)
    return isMode(tag)
      ? { mode: tag, why: `its tag ${modeTag}` }
      : {
          mode: 'observe',
          why: `its tag ${modeTag} is ${JSON.stringify(tag.slice(0, 40))}, which is no mode (observe, ask, auto)`,
        };
  const service = `${workload.cluster}/${workload.name}`;
  const rule = policy.services.find((each) => globMatches(each.service, service));
  if (rule !== undefined) return { mode: rule.mode, why: `policy names ${rule.service}` };
  return { mode: policy.mode, why: `the policy's default` };
}
