/**
 * A text's bytes as UTF-8 without a byte order mark. Tools on Windows write UTF-16, which its mark gives away (Unicode 15, section 23.8); without one, bytes are UTF-8.
 */
export function utf8Of(bytes: Buffer): Buffer {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return bytes.subarray(3);
  if (first === 0xff && second === 0xfe) return Buffer.from(bytes.toString('utf16le', 2));
  if (first !== 0xfe || second !== 0xff) return bytes;
  // half a character at the end was cut off
  const whole = Buffer.from(bytes.subarray(2, bytes.length - (bytes.length % 2)));
  return Buffer.from(whole.swap16().toString('utf16le'));
}
