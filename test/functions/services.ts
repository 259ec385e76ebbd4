import type { SignedCallOptions } from '../../shared/oci/adapters/signed-call.ts';

/** One request that a service was sent. */
export interface Asked {
  readonly url: string;
  readonly target: string | undefined;
  readonly type: string | undefined;
  readonly body: unknown;
}

/** What a service answers; an error is a line that is cut. */
export type Answer = { readonly status: number; readonly text: string } | Error;

/** An answer in JSON. */
export const says = (content: object, status = 200): Answer => ({ status, text: JSON.stringify(content) });

/** Services of AWS that answer with these, one after the other; the last one stays. */
export function services(...answers: readonly Answer[]) {
  const asked: Asked[] = [];
  const options: SignedCallOptions = {
    send: async ({ url, headers, body }) => {
      asked.push({ url, target: headers['x-amz-target'], type: headers['content-type'], body: JSON.parse(body) });
      const answer = answers[Math.min(asked.length, answers.length) - 1] ?? new Error('no answer');
      if (answer instanceof Error) throw answer;
      return answer;
    },
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    wait: async () => undefined,
  };
  return { asked, options };
}
