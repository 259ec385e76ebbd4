import type { EcrToken } from './ecr-token.ts';
import type { CredentialsPort, RegistryCredentials } from './registry-auth.ts';

// private registries: <account>.dkr.ecr[-fips].<region>.amazonaws.com[.cn], and the dual-stack form dkr-ecr.<region>.on.aws
const HOST =
  /^[0-9]{12}\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws|on\.amazonwebservices\.com\.cn)$/;
const MARGIN_MS = 5 * 60_000;

/** Region of a private ECR registry's host; undefined for every other registry. */
export function ecrRegion(registry: string): string | undefined {
  return HOST.exec(registry)?.[1];
}

/**
 * ECR's authorization token as a user name and password, kept until shortly before it expires (12 h). Knows private ECR registries only. `ask` is askEcr,
 * which whoever rarely asks loads only then: what signs for AWS takes a tenth of a scan's start. Throws what it throws.
 */
export function ecrCredentials(
  ask: (registry: string, region: string) => Promise<EcrToken>,
  now: () => number = Date.now,
): CredentialsPort {
  const known = new Map<string, { readonly credentials: RegistryCredentials; readonly until: number }>();
  return async (registry) => {
    const region = ecrRegion(registry);
    if (region === undefined) return undefined;
    const kept = known.get(registry);
    if (kept !== undefined && kept.until > now()) return kept.credentials;
    const { token, expiresAt } = await ask(registry, region);
    const plain = Buffer.from(token, 'base64').toString('utf8');
    const colon = plain.indexOf(':');
    if (colon <= 0) return undefined;
    const credentials = { username: plain.slice(0, colon), password: plain.slice(colon + 1) };
    known.set(registry, { credentials, until: expiresAt - MARGIN_MS });
    return credentials;
  };
}
