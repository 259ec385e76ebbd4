import { parseObject, textOf } from './document.ts';

/** What a service of AWS that speaks JSON says when it refuses; both are empty when the answer is none of its own. */
export interface Refusal {
  /** without its namespace: `AccessDeniedException` */
  readonly code: string;
  readonly message: string;
}

/** Reads a refusal. Services write the words either way (Smithy, AWS JSON 1.1 protocol, "Operation error serialization"). */
export function refusalOf(text: string): Refusal {
  const said = parseObject(Buffer.from(text));
  return {
    code: textOf(said?.__type)?.replace(/^.*#/, '') ?? '',
    message: textOf(said?.message) ?? textOf(said?.Message) ?? '',
  };
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
