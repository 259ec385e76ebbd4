// Outside text as it is read: nothing in it may hide, reorder or move what stands beside it.

const unseen = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;
const harmless = new Set(['\n', '\t']);

/** Writes control and format characters (terminal escapes, direction marks, zero widths) out as `⟨U+202E⟩`; line ends and tabs stay. */
export const visible = (text) =>
  text.replace(unseen, (character) =>
    harmless.has(character) ? character : `⟨U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`,
  );

/** An answer of the api with every string in it made visible, once, so that no part of the page can forget to. */
export function visibleData(value) {
  if (typeof value === 'string') return visible(value);
  if (Array.isArray(value)) return value.map(visibleData);
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [visible(name), visibleData(member)]));
  return value;
}

/** Slack's mrkdwn as Slack shows it: entities become characters, and the word joiners that we put around `*_~` take no room. */
export const slackText = (text) =>
  visible(text.replaceAll('\u2060', '')).replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
