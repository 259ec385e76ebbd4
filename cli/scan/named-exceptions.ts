import type { Exception } from '#shared/policy';

/**
 * The exceptions of the policy file that a person names; none without one. What reads policies is loaded by those only who have one: the schema and YAML take 20 ms. Throws
 * what `readSoundPolicy` throws.
 */
export async function namedExceptions(
  file: string | undefined,
  complain: (text: string) => void,
): Promise<readonly Exception[]> {
  if (file === undefined) return [];
  const { readSoundPolicy } = await import('../policy-file.ts');
  return (await readSoundPolicy(file, complain)).policy.ignore;
}
