// CRC-64 of ECMA-182, reflected, as .xz has it: in two halves, as JavaScript has no fast whole numbers of 64 bits.
const [lowTable, highTable] = tables();

function tables(): readonly [Uint32Array, Uint32Array] {
  const low = new Uint32Array(256);
  const high = new Uint32Array(256);
  for (let n = 0; n < 256; n += 1) {
    let [l, h] = [n, 0];
    for (let bit = 0; bit < 8; bit += 1) {
      const odd = (l & 1) !== 0;
      l = ((l >>> 1) | (h << 31)) >>> 0;
      h >>>= 1;
      if (odd) {
        l = (l ^ 0xd7870f42) >>> 0;
        h = (h ^ 0xc96c5795) >>> 0;
      }
    }
    low[n] = l;
    high[n] = h;
  }
  return [low, high];
}

/** A running CRC-64; the digest is little-endian. */
export function crc64(): { update(bytes: Uint8Array): void; digest(): Buffer } {
  let low = 0xffffffff;
  let high = 0xffffffff;
  return {
    update(bytes) {
      for (const byte of bytes) {
        const at = (low ^ byte) & 0xff;
        low = ((low >>> 8) | (high << 24)) ^ (lowTable[at] ?? 0);
        high = (high >>> 8) ^ (highTable[at] ?? 0);
      }
    },
    digest() {
      const bytes = Buffer.alloc(8);
      bytes.writeUInt32LE(~low >>> 0, 0);
      bytes.writeUInt32LE(~high >>> 0, 4);
      return bytes;
    },
  };
}
