import * as z from 'zod';
import { RegistryRefused, RegistryUnavailable } from '../errors.ts';
import { isThrottled, refusalText } from '../refusal.ts';
import { isRetryableStatus } from '../retry.ts';
import { type SignedCallOptions, signedCall } from './signed-call.ts';

/** A login of ECR: `user:password` in base64, and until when it is good (ms since 1970). */
export interface EcrToken {
  readonly token: string;
  readonly expiresAt: number;
}

const answer = z.object({
  authorizationData: z.tuple([z.object({ authorizationToken: z.string().min(1), expiresAt: z.number() })]),
});

/**
 * Asks ECR for a token (GetAuthorizationToken, JSON 1.1) with the credentials of this process. One signed request: ECR's SDK would be a sixteenth of what
 * reading an image weighs in Lambda. Throws RegistryRefused when the credentials do not suffice, RegistryUnavailable when ECR does not answer.
 */
export async function askEcr(registry: string, region: string, options: SignedCallOptions = {}): Promise<EcrToken> {
  const hostname = ecrApi(registry, region);
  const target = 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken';
  const outcome = await signedCall({ hostname, service: 'ecr', region, target, body: {} }, options);
  if ('cause' in outcome)
    throw new RegistryUnavailable(registry, `${hostname} gives no token`, 'Try again later.', { cause: outcome.cause });
  if (outcome.status === 200) return tokenOf(registry, outcome.text);
  if (!isRetryableStatus(outcome.status) && !isThrottled(outcome.text))
    throw new RegistryRefused(
      registry,
      outcome.status,
      `ECR gives no token (${refusalText(outcome)})`,
      'Give this role ecr:GetAuthorizationToken.',
    );
  throw new RegistryUnavailable(registry, `${hostname} gives no token`, 'Try again later.', {
    cause: `ECR says ${refusalText(outcome)}`,
  });
}

/** The host of ECR's api that belongs to a registry's host: FIPS, dual-stack and China each have their own (AWS service endpoints). */
export function ecrApi(registry: string, region: string): string {
  if (registry.endsWith('.on.aws')) return `ecr.${region}.api.aws`;
  if (registry.endsWith('.on.amazonwebservices.com.cn')) return `ecr.${region}.api.amazonwebservices.com.cn`;
  const suffix = registry.endsWith('.cn') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return registry.includes('ecr-fips') ? `ecr-fips.${region}.${suffix}` : `api.ecr.${region}.${suffix}`;
}

function tokenOf(registry: string, text: string): EcrToken {
  const parsed = answer.safeParse(jsonOf(text));
  if (!parsed.success)
    throw new RegistryUnavailable(registry, 'ECR answers something that is no token', 'Try again later.');
  const [{ authorizationToken, expiresAt }] = parsed.data.authorizationData;
  return { token: authorizationToken, expiresAt: expiresAt * 1_000 };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
