import { readFileSync } from 'node:fs';
import path from 'node:path';
import { zstdDecompressSync } from 'node:zlib';

/** What fixtures/rpm/make-fixtures.sh made, by the file that it is in an image. */
const files = {
  sqlite: 'rpmdb.sqlite',
  littleEndian: 'Packages.little',
  bigEndian: 'Packages.big',
  /** 64 KiB pages: most headers lie within them */
  largePages: 'Packages.inline',
  ndb: 'Packages.db',
  /** of `sqlite`: without tzdata, and with bash 5.1.9 */
  log: 'rpmdb.sqlite-wal',
} as const;

export type RpmForm = Exclude<keyof typeof files, 'log'>;

/** A database that rpm, Berkeley DB or rpm's own ndb wrote. */
export function rpmDatabase(form: RpmForm | 'log'): Buffer {
  return zstdDecompressSync(readFileSync(path.join(import.meta.dirname, 'fixtures/rpm', `${files[form]}.zst`)));
}

/** The name that a form has in an image. */
export function rpmFileName(form: RpmForm): string {
  return form === 'sqlite' ? 'rpmdb.sqlite' : form === 'ndb' ? 'Packages.db' : 'Packages';
}

export const alma9 =
  'NAME="AlmaLinux"\nVERSION="9.2 (Turquoise Kodkod)"\nID="almalinux"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.2"\nPRETTY_NAME="AlmaLinux 9.2 (Turquoise Kodkod)"\n';
