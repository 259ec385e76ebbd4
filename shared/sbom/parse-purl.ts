/** A package URL, taken apart (purl-spec). Everything is decoded; types are lower case. */
export interface Purl {
  readonly type: string;
  /** its parts joined by `/`, '' when there is none */
  readonly namespace: string;
  readonly name: string;
  readonly version?: string;
  readonly qualifiers: ReadonlyMap<string, string>;
}

const longest = 4096;

/** Takes a package URL apart; undefined for what is none. */
export function parsePurl(text: string): Purl | undefined {
  const match = /^pkg:\/{0,3}([A-Za-z][A-Za-z0-9.+-]*)\/([^?#]+)(?:\?([^#]*))?(?:#.*)?$/.exec(text);
  const [, type, place, query = ''] = match ?? [];
  if (type === undefined || place === undefined || text.length > longest) return undefined;
  // a scope may be written as it is (`pkg:npm/@scope/name@1`): only the last @ behind the last slash begins a version
  const at = place.lastIndexOf('@');
  const hasVersion = at > 0 && at > place.lastIndexOf('/') + (place.at(place.lastIndexOf('/') + 1) === '@' ? 1 : 0);
  const path = (hasVersion ? place.slice(0, at) : place).split('/').filter((part) => part !== '');
  const parts = path.map(decoded);
  const name = parts.pop();
  if (name === undefined || name === '') return undefined;
  const version = hasVersion ? decoded(place.slice(at + 1)) : '';
  return {
    type: type.toLowerCase(),
    namespace: parts.join('/'),
    name,
    ...(version === '' ? {} : { version }),
    qualifiers: qualifiersOf(query),
  };
}

function qualifiersOf(query: string): Map<string, string> {
  const qualifiers = new Map<string, string>();
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=');
    if (equals > 0) qualifiers.set(pair.slice(0, equals).toLowerCase(), decoded(pair.slice(equals + 1)));
  }
  return qualifiers;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
