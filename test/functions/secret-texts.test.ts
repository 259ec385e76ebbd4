import { describe, expect, it } from 'vitest';
import { secretTexts } from '../../functions/secret-texts.ts';
import { type Answer, says, services } from './services.ts';

const place = { region: 'eu-west-1', urlSuffix: 'amazonaws.com' };
const arn = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:drydock';

/** Secrets as Secrets Manager answers for them, one after the other; the last one stays. */
function manager(...answers: readonly Answer[]) {
  const { asked, options } = services(...answers);
  let now = 0;
  return {
    asked,
    texts: secretTexts(place, () => now, options),
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}

describe('secrets', () => {
  it('are kept for five minutes, then asked for again', async () => {
    const { asked, texts, pass } = manager(says({ SecretString: ' one\n' }), says({ SecretString: 'two' }));
    expect(await texts(arn)).toBe('one');
    pass(299_000);
    expect(await texts(arn)).toBe('one');
    pass(2_000);
    expect(await texts(arn)).toBe('two');
    expect(asked).toHaveLength(2);
    expect(asked[0]).toEqual({
      url: 'https://secretsmanager.eu-west-1.amazonaws.com/',
      target: 'secretsmanager.GetSecretValue',
      type: 'application/x-amz-json-1.1',
      body: { SecretId: arn },
    });
  });

  it('without a text are named', async () => {
    const binary = says({ SecretBinary: 'AAAA' });
    await expect(manager(binary).texts(arn)).rejects.toThrow(`the secret ${arn} holds no text`);
  });

  it('that are refused are named, with what the service calls it, and are not kept', async () => {
    const denied = says({ __type: 'com.amazon#AccessDeniedException', Message: 'hidden' }, 400);
    const { texts } = manager(denied, says({ SecretString: 'now' }));
    await expect(texts(arn)).rejects.toThrow(`does not give ${arn} (400, AccessDeniedException)`);
    expect(await texts(arn)).toBe('now');
  });

  it('are asked for again when the service is busy', async () => {
    const { texts, asked } = manager({ status: 503, text: '' }, says({ SecretString: 'late' }));
    expect(await texts(arn)).toBe('late');
    expect(asked).toHaveLength(2);
  });
});
