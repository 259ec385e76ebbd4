/**
 * Reading JSON documents that strangers wrote: every field may be absent, of another type, absurdly long or there
 * twice.
 */

/** A JSON object before anything in it is believed. */
export type Fields = Readonly<Record<string, unknown>>;

const LONGEST_TEXT = 1 << 16;
const MOST_ITEMS = 10_000;

/** Parses bytes as a JSON object; undefined when they are none. */
export function parseObject(bytes: Buffer): Fields | undefined {
  try {
    return objectOf(JSON.parse(bytes.toString('utf8')));
  } catch {
    return undefined;
  }
}

/** The value as an object; undefined when it is none. */
export function objectOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** The value as a text that is neither empty nor longer than 64 Ki characters; else undefined. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.length > 0 && value.length <= LONGEST_TEXT ? value : undefined;
}

/** The texts of an array (or one text alone, as old Dockers wrote them); what is no text is left out. */
export function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (!Array.isArray(value)) return [];
  return value
    .slice(0, MOST_ITEMS)
    .filter((item: unknown): item is string => typeof item === 'string' && item.length <= LONGEST_TEXT);
}

/** The names of an object that is used as a set (`{"80/tcp": {}}`). */
export function keysOf(value: unknown): string[] {
  return Object.keys(objectOf(value) ?? {}).slice(0, MOST_ITEMS);
}

/** The text values of an object by their names; what is no text is left out. */
export function textsByNameOf(value: unknown): Record<string, string> {
  const entries: [string, string][] = [];
  for (const [name, text] of Object.entries(objectOf(value) ?? {}).slice(0, MOST_ITEMS)) {
    if (typeof text === 'string' && text.length <= LONGEST_TEXT) entries.push([name, text]);
  }
  return Object.fromEntries(entries);
}

/**
 * A key that Go's JSON reader would take for one of `known` although it is written otherwise (`Layers`, `layerſ`): Go
 * folds case and lets the last one win, so such a document means one thing to a container runtime and another to
 * everybody else.
 */
export function misspeltKey(fields: Fields, known: ReadonlySet<string>): string | undefined {
  const fold = (key: string) => key.toUpperCase().toLowerCase();
  const folded = new Set([...known].map(fold));
  return Object.keys(fields).find((key) => !known.has(key) && folded.has(fold(key)));
}
