/**
 * The target of a Link header's `rel="next"` (RFC 8288; distribution-spec, "Listing tags"); undefined on the last page.
 */
export function nextLink(header: string | string[] | undefined): string | undefined {
  const text = Array.isArray(header) ? header.join(',') : header;
  if (text === undefined || text.length > 8192) return undefined;
  for (const [, target, parameters] of text.matchAll(
    /<([^>]*)>((?:\s*;\s*[^\s;,="]+\s*=\s*(?:"[^"]*"|[^\s;,"]*))*)/g,
  )) {
    if (/;\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next\b)/i.test(parameters ?? '')) return target;
  }
  return undefined;
}
