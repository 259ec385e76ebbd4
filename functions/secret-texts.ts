import * as z from 'zod';
import { refusalOf } from '#shared/oci';
import { type ServicePlace, type SignedCallOptions, signedCall } from '../shared/oci/adapters/signed-call.ts';

const secretLifetime = 5 * 60_000;
const answer = z.object({ SecretString: z.string().optional() });

/**
 * Texts of secrets (Secrets Manager, GetSecretValue), kept for five minutes, so that a rotated one is used soon. Errors name the secret and what the service
 * calls its refusal, never a text.
 */
export function secretTexts(
  { region, urlSuffix }: ServicePlace,
  clock: () => number = Date.now,
  options: SignedCallOptions = {},
): (arn: string) => Promise<string> {
  const kept = new Map<string, { readonly text: string; readonly until: number }>();
  const ask = async (arn: string): Promise<string> => {
    const outcome = await signedCall(
      {
        hostname: `secretsmanager.${region}.${urlSuffix}`,
        service: 'secretsmanager',
        region,
        target: 'secretsmanager.GetSecretValue',
        body: { SecretId: arn },
      },
      options,
    );
    if ('cause' in outcome) throw new Error(`Secrets Manager does not give ${arn}; try again later`, outcome);
    const { status, text } = outcome;
    if (status === 200) return answer.parse(JSON.parse(text)).SecretString?.trim() ?? '';
    const { code } = refusalOf(text);
    const said = code === '' ? status : `${status}, ${code}`;
    throw new Error(`Secrets Manager does not give ${arn} (${said}); is it there, and may this role read it?`);
  };
  return async (arn) => {
    const known = kept.get(arn);
    if (known !== undefined && known.until > clock()) return known.text;
    const text = await ask(arn);
    if (text === '') throw new Error(`the secret ${arn} holds no text; store what its use needs as text`);
    kept.set(arn, { text, until: clock() + secretLifetime });
    return text;
  };
}
