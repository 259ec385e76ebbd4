/** What a reader of XML tells: an element begins, its own text so far comes with its end. */
export type XmlEvent =
  | { readonly kind: 'open'; readonly name: string; readonly attributes: Readonly<Record<string, string>> }
  | { readonly kind: 'close'; readonly name: string; readonly text: string };

/** What a document may hold at most. */
export interface XmlLimits {
  readonly depth: number;
  /** characters of one tag */
  readonly tag: number;
  /** characters of one element's own text */
  readonly text: number;
  /** characters of all */
  readonly total: number;
}

const usual: XmlLimits = { depth: 32, tag: 64 << 10, text: 1 << 20, total: 1 << 30 };
const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Makes the error of what is wrong: `it is cut`. Who reads knows which document it is and what to do. */
export type Refusal = (what: string) => Error;

/**
 * A reader of XML: text is pushed in pieces, events come back. It knows elements, attributes, CDATA, comments and the five entities that XML has by
 * itself, and refuses document types: without them nothing can expand. Throws what `broken` makes. Source: XML 1.0 (fifth edition), sections 2 and 4.6.
 */
export function xmlReader(
  broken: Refusal,
  limits: XmlLimits = usual,
): { push(text: string): readonly XmlEvent[]; end(): void } {
  const open: { readonly name: string; text: string }[] = [];
  let rest = '';
  let total = 0;
  let seen = false;

  const addText = (text: string): void => {
    const element = open.at(-1);
    if (element === undefined) {
      if (text.trim() !== '' && text !== '\uFEFF') throw broken('it has text outside of its elements');
      return;
    }
    element.text += text;
    if (element.text.length > limits.text) throw broken(`the text of <${element.name}> is too long`);
  };

  const close = (name: string): XmlEvent => {
    const element = open.pop();
    if (element?.name !== name) throw broken(`</${name.slice(0, 100)}> closes nothing`);
    return { kind: 'close', name, text: element.text };
  };

  const readTag = (tag: string): readonly XmlEvent[] => {
    if (tag.startsWith('/')) return [close(tag.slice(1).trim())];
    if (seen && open.length === 0) throw broken('it goes on after its end');
    seen = true;
    const alone = tag.endsWith('/');
    const body = alone ? tag.slice(0, -1) : tag;
    const name = /^[A-Za-z_:][\w:.-]*/.exec(body)?.[0];
    if (name === undefined) throw broken('it has a tag without a name');
    open.push({ name, text: '' });
    if (open.length > limits.depth) throw broken('its elements lie too deep');
    const opened: XmlEvent = { kind: 'open', name, attributes: readAttributes(body.slice(name.length), broken) };
    return alone ? [opened, close(name)] : [opened];
  };

  /** The first piece of what is left, or undefined when its end is not there yet. */
  const next = (): { readonly length: number; readonly events: readonly XmlEvent[] } | undefined => {
    for (const [begin, end, keep] of sections) {
      if (!rest.startsWith(begin)) {
        if (begin.startsWith(rest)) return undefined;
        continue;
      }
      const at = rest.indexOf(end, begin.length);
      if (at < 0) {
        if (rest.length > limits.text) throw broken('a comment or CDATA section is too long');
        return undefined;
      }
      if (keep) addText(rest.slice(begin.length, at));
      return { length: at + end.length, events: [] };
    }
    if (rest.startsWith('<!')) throw broken('it declares a document type, which is not read');
    const at = endOfTag(rest);
    if (at < 0) {
      if (rest.length > limits.tag) throw broken('a tag is too long');
      return undefined;
    }
    if (at > limits.tag) throw broken('a tag is too long');
    return { length: at + 1, events: readTag(rest.slice(1, at)) };
  };

  return {
    push(text) {
      total += text.length;
      if (total > limits.total) throw broken(`it has more than ${limits.total} characters`);
      rest += text;
      const events: XmlEvent[] = [];
      let from = 0;
      const whole = rest;
      for (;;) {
        const at = whole.indexOf('<', from);
        if (at < 0) {
          // an entity may go on in the next piece
          const amp = whole.indexOf('&', Math.max(from, whole.length - 12));
          const until = amp < 0 ? whole.length : amp;
          addText(decode(whole.slice(from, until), broken));
          rest = whole.slice(until);
          return events;
        }
        if (at > from) addText(decode(whole.slice(from, at), broken));
        rest = whole.slice(at, at + limits.text + 20);
        const piece = next();
        if (piece === undefined) {
          rest = whole.slice(at);
          return events;
        }
        events.push(...piece.events);
        from = at + piece.length;
      }
    },
    end() {
      if (rest.trim() !== '' || open.length > 0 || !seen) throw broken('it is cut');
    },
  };
}

const sections: readonly (readonly [begin: string, end: string, keep: boolean])[] = [
  ['<!--', '-->', false],
  ['<![CDATA[', ']]>', true],
  ['<?', '?>', false],
];

/** The `>` that ends a tag; one in quotes does not. */
function endOfTag(text: string): number {
  let quote = '';
  for (let at = 1; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === '"' || char === "'") quote = char;
    else if (char === '>') return at;
  }
  return -1;
}

function readAttributes(text: string, broken: Refusal): Readonly<Record<string, string>> {
  const attributes: Record<string, string> = Object.create(null) as Record<string, string>;
  const pattern = /\s+([A-Za-z_:][\w:.-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')|\s*$/gy;
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (match === null) throw broken('a tag has attributes that cannot be read');
    if (match[1] !== undefined) attributes[match[1]] = decode(match[2] ?? match[3] ?? '', broken);
  }
  return attributes;
}

function decode(text: string, broken: Refusal): string {
  if (!text.includes('&')) return text;
  return text.replace(/&([^;&\s]{0,12});?/g, (whole, name: string) => {
    const plain = Object.hasOwn(entities, name) ? entities[name] : numeric(name);
    if (plain === undefined || !whole.endsWith(';')) throw broken('it has an entity that XML does not have by itself');
    return plain;
  });
}

function numeric(name: string): string | undefined {
  const [, hex, decimal] = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(name) ?? [];
  const code = hex === undefined ? Number(decimal ?? Number.NaN) : Number.parseInt(hex, 16);
  return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000) ? String.fromCodePoint(code) : undefined;
}
