/** A wildcard as its parts: literal texts, with any text between each two of them. `\*` and `\\` are literal. */
export function wildcardParts(wildcard: string): readonly string[] {
  const parts = [''];
  for (let at = 0; at < wildcard.length; at += 1) {
    const character = wildcard[at];
    if (character === '*') {
      parts.push('');
      continue;
    }
    if (character === '\\') at += 1;
    parts[parts.length - 1] += wildcard[at] ?? '';
  }
  return parts;
}

/** Whether `text` matches an EventBridge wildcard. Takes the earliest place of each part, so it is linear in the parts for any text. */
export function wildcardMatches(wildcard: string, text: string): boolean {
  const parts = wildcardParts(wildcard);
  const [first = ''] = parts;
  const last = parts.at(-1) ?? '';
  if (parts.length === 1) return text === first;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let from = first.length;
  const end = text.length - last.length;
  for (const part of parts.slice(1, -1)) {
    const at = text.indexOf(part, from);
    if (at < 0 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}
