import * as z from 'zod';

/** What a service of AWS that speaks JSON says when it refuses; both are empty when the answer is none of its own. */
export interface Refusal {
  /** without its namespace: `AccessDeniedException` */
  readonly code: string;
  readonly message: string;
}

const nothing: Refusal = { code: '', message: '' };

// services write the words either way (Smithy, AWS JSON 1.1 protocol, "Operation error serialization")
const schema = z.object({
  __type: z.string().default(''),
  message: z.string().optional(),
  Message: z.string().optional(),
});

/** Reads a refusal. */
export function refusalOf(text: string): Refusal {
  const parsed = schema.safeParse(jsonOf(text));
  if (!parsed.success) return nothing;
  const { __type: type, message, Message } = parsed.data;
  return { code: type.replace(/^.*#/, ''), message: message ?? Message ?? '' };
}

/** What an answer that refuses says, for the text of an error: `400, AccessDeniedException: may not`. */
export function refusalText({ status, text }: { readonly status: number; readonly text: string }): string {
  const { code, message } = refusalOf(text);
  const words = [code, message].filter(Boolean).join(': ');
  return words === '' ? String(status) : `${status}, ${words.slice(0, 300)}`;
}

/** Whether a service says that it was asked too often: those that speak JSON do so with status 400, so that the status alone does not tell. */
export function isThrottled(text: string): boolean {
  return /Thrott|TooManyRequests|RequestLimitExceeded/.test(refusalOf(text).code);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
