import fc from 'fast-check';

/** Bytes with some of them changed, cut off or put in between: what a hostile or broken file of a real shape looks like. */
export const damage = (bytes: Buffer): fc.Arbitrary<Buffer> =>
  fc
    .array(
      fc.oneof(
        fc.record({
          do: fc.constant('set' as const),
          at: fc.nat(bytes.length),
          with: fc.uint8Array({ minLength: 1, maxLength: 8 }),
        }),
        fc.record({ do: fc.constant('cut' as const), at: fc.nat(bytes.length), with: fc.uint8Array({ maxLength: 4 }) }),
        fc.record({
          do: fc.constant('insert' as const),
          at: fc.nat(bytes.length),
          with: fc.oneof(
            fc.uint8Array({ maxLength: 40 }),
            fc.constantFrom(
              ...['\n', '\n\n', '\0', ':', '"', '\u202e', '<b>', '\x1b[2J', 'Package: ', 'P:'].map((text) =>
                new TextEncoder().encode(text),
              ),
            ),
          ),
        }),
      ),
      { minLength: 1, maxLength: 6 },
    )
    .map((changes) => {
      let result = Buffer.from(bytes);
      for (const { do: kind, at, with: text } of changes) {
        const place = Math.min(at, result.length);
        if (kind === 'set') result.set(text.subarray(0, result.length - place), place);
        else if (kind === 'cut') result = Buffer.concat([result.subarray(0, place), text]);
        else result = Buffer.concat([result.subarray(0, place), text, result.subarray(place)]);
      }
      return result;
    });
