/** The value of a key of the outermost level of a YAML text, quotes and a comment taken off; undefined for what is no plain text of one line. */
export function plainValue(text: string, key: 'name' | 'version'): string | undefined {
  const value = new RegExp(
    `^${key}:[ \\t]+(?:"([^"\\n]{1,300})"|'([^'\\n]{1,300})'|([^\\s#"'][^\\s#]{0,299}))`,
    'm',
  ).exec(text);
  return value?.[1] ?? value?.[2] ?? value?.[3];
}
