/**
 * A file name without its version, the key that classifiers are found by: python3.11 -> python, php-fpm8.2 -> php-fpm,
 * x86_64-linux-gnu-gcc-12 -> gcc, ld-musl-x86_64.so.1 -> ld-musl.so, libpython3.7m.so.1.0 -> libpython.so, libssl-3e69114b.so.1.1.1k (a wheel's copy) -> libssl.so.
 * undefined for names that cannot be a program or a library of interest.
 */
export function nameStem(base: string): string | undefined {
  if (base.length > 80) return undefined;
  if (base.startsWith('ld-musl-')) return 'ld-musl.so';
  const ending = base.indexOf('.so');
  if (ending > 0 && base.startsWith('lib')) {
    const plain = base.slice(0, ending).replace(wheelHash, '');
    const digit = plain.search(/\d/);
    return `${(digit < 0 ? plain : plain.slice(0, digit)).replace(/[-_.]+$/, '')}.so`;
  }
  const stem = base.replace(triplet, '').replace(version, '');
  return stem === '' ? undefined : stem;
}

const wheelHash = /-[0-9a-f]{8,16}$/;
const triplet = /^(?:x86_64|aarch64|i686|arm|riscv64|powerpc64le|s390x)-(?:[a-z]{1,12}-)?linux-(?:gnu|musl)[a-z]{0,6}-/;
const version = /[-._]?\d[\d.]{0,20}[a-z]{0,2}$/;
