/** What a 401 asks for (RFC 9110, 11.6.1; Docker's token authentication). */
export type Challenge =
  | { readonly scheme: 'bearer'; readonly realm: string; readonly service?: string; readonly scope?: string }
  | { readonly scheme: 'basic' };

const LONGEST = 8192;

/** Reads a WWW-Authenticate header; Bearer is preferred, Basic taken, anything else undefined. */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  if (header === undefined || header.length > LONGEST) return undefined;
  let basic: Challenge | undefined;
  for (const { scheme, parameters } of challengesIn(header)) {
    if (scheme === 'basic') basic ??= { scheme };
    const realm = parameters.get('realm');
    if (scheme !== 'bearer' || realm === undefined) continue;
    const service = parameters.get('service');
    const scope = parameters.get('scope');
    return {
      scheme,
      realm,
      ...(service === undefined ? {} : { service }),
      ...(scope === undefined ? {} : { scope }),
    };
  }
  return basic;
}

function challengesIn(header: string): { scheme: string; parameters: Map<string, string> }[] {
  const found: { scheme: string; parameters: Map<string, string> }[] = [];
  const token = /\s*,?\s*([A-Za-z0-9!#$%&'*+.^_`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?/y;
  for (let match = token.exec(header); match !== null; match = token.exec(header)) {
    const [, name = '', quoted, plain] = match;
    const value = quoted?.replace(/\\(.)/g, '$1') ?? plain;
    if (value === undefined) found.push({ scheme: name.toLowerCase(), parameters: new Map() });
    else found.at(-1)?.parameters.set(name.toLowerCase(), value);
  }
  return found;
}
