import { xmlReader } from '#shared/xml';
import { Retryable } from '../errors.ts';

/** One member of a list of an answer: its texts by their name, and its lists of texts by theirs. */
export interface AnswerMember {
  readonly texts: Readonly<Record<string, string>>;
  readonly lists: Readonly<Record<string, readonly string[]>>;
}

/** A page of an answer of Elastic Load Balancing's Query API. */
export interface AnswerPage {
  readonly members: readonly AnswerMember[];
  /** where the next page begins; absent on the last */
  readonly next?: string;
}

/** an answer of 400 load balancers has some hundred KB */
const limits = { depth: 12, tag: 4_096, text: 64_000, total: 32 << 20 };

/** Reads a page: `<…Response><…Result><list><member>…`. Throws Retryable for what is none: an answer that was cut, or somebody else's. */
export function readAnswer(text: string, list: string, about: string): AnswerPage {
  const broken = (what: string) => new Retryable(about, `the answer cannot be read: ${what}`);
  const reader = xmlReader(broken, limits);
  const place: string[] = [];
  const members: AnswerMember[] = [];
  let texts: Record<string, string> = {};
  let lists: Record<string, string[]> = {};
  let next: string | undefined;
  for (const event of reader.push(text)) {
    if (event.kind === 'open') {
      place.push(event.name);
      if (place.length === 4 && place[2] === list) [texts, lists] = [{}, {}];
      continue;
    }
    if (place[2] === list && place.length === 4) members.push({ texts, lists });
    if (place[2] === list && place.length === 5) texts[event.name] = event.text.trim();
    if (place[2] === list && place.length === 6 && event.name === 'member')
      lists[place[4] ?? ''] = [...(lists[place[4] ?? ''] ?? []), event.text.trim()];
    if (place.length === 3 && event.name === 'NextMarker' && event.text.trim() !== '') next = event.text.trim();
    place.pop();
  }
  reader.end();
  return { members, ...(next === undefined ? {} : { next }) };
}

/** What an error of the Query API is called and says. */
export const errorOf = (text: string): { readonly name: string; readonly message: string } => ({
  name: /<Code>([^<]{1,200})<\/Code>/.exec(text)?.[1] ?? 'Error',
  message: /<Message>([^<]{1,1000})<\/Message>/.exec(text)?.[1] ?? 'it says nothing more',
});
