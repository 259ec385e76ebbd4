/**
 * Whether `text` matches a glob: `*` any characters but '/', `**` any characters, `?` one character but '/'; the rest is literal. Time is at most
 * the product of the two lengths, for any input.
 */
export function globMatches(glob: string, text: string): boolean {
  // reach[at]: the part of the glob that is read so far matches the first `at` characters
  let reach: boolean[] = [true, ...new Array<boolean>(text.length).fill(false)];
  for (let from = 0; from < glob.length; from += 1) {
    const character = glob[from];
    const next = new Array<boolean>(text.length + 1).fill(false);
    if (character === '*') {
      const any = glob[from + 1] === '*';
      if (any) from += 1;
      for (let at = 0; at <= text.length; at += 1)
        next[at] = (reach[at] ?? false) || (at > 0 && (next[at - 1] ?? false) && (any || text[at - 1] !== '/'));
    } else {
      for (let at = 1; at <= text.length; at += 1)
        next[at] = (reach[at - 1] ?? false) && (character === '?' ? text[at - 1] !== '/' : text[at - 1] === character);
    }
    reach = next;
  }
  return reach[text.length] ?? false;
}
