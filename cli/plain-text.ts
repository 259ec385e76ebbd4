// The category C (controls, format characters that are invisible or change the direction (CVE-2021-42574), lone surrogates, private use, unassigned: what a
// terminal makes of those nobody knows), line separators; and the fillers and selectors that are letters by category and show nothing
const unsafe =
  /\p{C}|\p{Zl}|\p{Zp}|\u034f|\u115f|\u1160|\u17b4|\u17b5|\u3164|\uffa0|[\ufe00-\ufe0f]|[\u{e0100}-\u{e01ef}]/gu;

/** Outside text made safe for a terminal: one line, what is not visible is a question mark. */
export const plainText = (text: string): string => text.replace(unsafe, '?');

/** The same, keeping line breaks. */
export const plainLines = (text: string): string =>
  text
    .split(/\r?\n/)
    .map((line) => plainText(line.replaceAll('\t', '  ')))
    .join('\n');
