/** JSON in which every control and format character is escaped, also those that JSON would let through (DEL, C1, bidi). */
export const safeJson = (value: unknown): string =>
  JSON.stringify(value, undefined, 2).replace(/\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}/gu, (character) =>
    character === '\n' ? character : escaped(character),
  );

const escaped = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('');
