import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type XmlEvent, xmlReader } from '#shared/xml';

function read(text: string, piece = text.length, limits?: Parameters<typeof xmlReader>[1]): readonly XmlEvent[] {
  const reader = xmlReader((what) => new Error(`it is no XML: ${what}`), limits);
  const events: XmlEvent[] = [];
  for (let at = 0; at < text.length; at += piece) events.push(...reader.push(text.slice(at, at + piece)));
  reader.end();
  return events;
}

const document = `\uFEFF<?xml version="1.0" encoding="UTF-8"?>
<!-- <not an="element"> -->
<updates xmlns='http://x/?a="b"'><update type="security"><id>A&amp;B &#x41;&#66; &lt;</id><note><![CDATA[<b>&amp;</b>]]> end</note><empty a="1 > 0"/></update></updates>
`;

describe('the reader of XML', () => {
  test('gives elements, attributes, the five entities, characters by number and CDATA', () => {
    expect(read(document)).toEqual([
      { kind: 'open', name: 'updates', attributes: { xmlns: 'http://x/?a="b"' } },
      { kind: 'open', name: 'update', attributes: { type: 'security' } },
      { kind: 'open', name: 'id', attributes: {} },
      { kind: 'close', name: 'id', text: 'A&B AB <' },
      { kind: 'open', name: 'note', attributes: {} },
      { kind: 'close', name: 'note', text: '<b>&amp;</b> end' },
      { kind: 'open', name: 'empty', attributes: { a: '1 > 0' } },
      { kind: 'close', name: 'empty', text: '' },
      { kind: 'close', name: 'update', text: '' },
      { kind: 'close', name: 'updates', text: '' },
    ]);
  });

  test('reads the same in pieces of any size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: document.length }), (piece) => {
        expect(read(document, piece)).toEqual(read(document));
      }),
    );
  });

  test('is cut anywhere: refused', () => {
    const end = document.lastIndexOf('>') + 1;
    for (let length = 0; length < end; length += 1)
      expect(() => read(document.slice(0, length), 7)).toThrow('it is no XML');
  });

  test.each([
    ['entities that expand', '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>', 'document type'],
    ['a file of the machine', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', 'document type'],
    ['an entity of its own', '<a>&secret;</a>', 'entity'],
    ['an ampersand alone', '<a>a & b</a>', 'entity'],
    ['depth without end', '<a>'.repeat(100_000), 'too deep'],
    ['a tag without end', `<a b="${'x'.repeat(1 << 20)}"/>`, 'tag is too long'],
    ['text without end', `<a>${'x'.repeat(2 << 20)}</a>`, 'too long'],
    ['a comment without end', `<a><!--${'x'.repeat(3 << 20)}`, 'too long'],
    ['elements that cross', '<a><b></a></b>', 'closes nothing'],
    ['two roots', '<a/><b/>', 'after its end'],
    ['attributes that are none', '<a b=c/>', 'attributes'],
    ['text without elements', 'hello', 'text outside'],
    ['nothing', ' ', 'cut'],
  ])('%s: refused', (_, text, what) => {
    expect(() => read(text, 64 << 10)).toThrow(what);
  });

  test('a document is read no further than its limit', () => {
    const limits = { depth: 5, tag: 100, text: 100, total: 1_000 };
    expect(() => read(`<a>${'<b/>'.repeat(300)}</a>`, 100, limits)).toThrow('1000 characters');
  });

  test('a name of an attribute cannot reach what all objects have', () => {
    const [open] = read('<a __proto__="x" constructor="y"/>');
    expect(open).toMatchObject({ kind: 'open' });
    expect({}).not.toHaveProperty('x');
  });
});
