/** One request that a service was sent. */
export interface Asked {
  readonly url: string;
  readonly target: string | null;
  readonly type: string | null;
  readonly body: unknown;
}

/** Services of AWS that answer with these, one after the other; the last one stays. Errors are lines that are cut. */
export function services(...answers: readonly (Response | Error)[]) {
  const asked: Asked[] = [];
  const fetch = async (url: unknown, init?: RequestInit): Promise<Response> => {
    const headers = new Headers(init?.headers);
    asked.push({
      url: String(url),
      target: headers.get('x-amz-target'),
      type: headers.get('content-type'),
      body: JSON.parse(String(init?.body)),
    });
    const answer = answers[Math.min(asked.length, answers.length) - 1] ?? new Error('no answer');
    if (answer instanceof Error) throw answer;
    return answer.clone();
  };
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
  return { asked, options: { fetch, credentials, wait: async () => undefined } };
}
