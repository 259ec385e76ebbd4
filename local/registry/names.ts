import { type Digest, isDigest } from '#shared/oci';

// distribution-spec, "Pulling manifests": the grammars of <name> and of a tag
const PART = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const REPOSITORY = new RegExp(`^${PART}(?:/${PART})*$`);
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

// clients limit registry + '/' + name to 255 characters (same section), and '127.0.0.1:5000/' takes 15; it also keeps folder names legal
const LONGEST_REPOSITORY = 240;

/** Whether a text is a repository name by the distribution spec's grammar. */
export function isRepository(text: string): boolean {
  return text.length <= LONGEST_REPOSITORY && REPOSITORY.test(text);
}

/** Whether a text is a tag by the distribution spec's grammar. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** The folder of a repository: one path segment without meaning of its own on any system (no `..`, no `con`, no separators). */
export function repositoryFolder(repository: string): string {
  return `r+${repository.replaceAll('/', '+')}`;
}

/** The repository of a folder name, if {@link repositoryFolder} makes one of it. */
export function repositoryOfFolder(folder: string): string | undefined {
  if (!folder.startsWith('r+')) return undefined;
  const repository = folder.slice(2).replaceAll('+', '/');
  return isRepository(repository) ? repository : undefined;
}

/** The file of a digest: `sha256-<hex>`. */
export function digestFile(digest: Digest): string {
  return digest.replace(':', '-');
}

/** The digest of a file name, if {@link digestFile} makes one of it. */
export function digestOfFile(file: string): Digest | undefined {
  const digest = file.replace('-', ':');
  return isDigest(digest) ? digest : undefined;
}

// RFC 4648 section 7 in lower case: keeps `V1` and `v1` apart on disks that are blind to case, and 128 characters within 255
const BASE32HEX = '0123456789abcdefghijklmnopqrstuv';

/** The file of a tag. */
export function tagFile(tag: string): string {
  let out = 't';
  let held = 0;
  let bits = 0;
  for (const byte of Buffer.from(tag, 'latin1')) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out += BASE32HEX.charAt((held >> bits) & 31);
    }
    held &= (1 << bits) - 1;
  }
  return bits > 0 ? out + BASE32HEX.charAt((held << (5 - bits)) & 31) : out;
}

/** The tag of a file name, if {@link tagFile} makes one of it. */
export function tagOfFile(file: string): string | undefined {
  if (!file.startsWith('t')) return undefined;
  const bytes: number[] = [];
  let held = 0;
  let bits = 0;
  for (const letter of file.slice(1)) {
    const value = BASE32HEX.indexOf(letter);
    if (value < 0) return undefined;
    held = (held << 5) | value;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((held >> bits) & 255);
    }
    held &= (1 << bits) - 1;
  }
  const tag = Buffer.from(bytes).toString('latin1');
  return isTag(tag) && tagFile(tag) === file ? tag : undefined;
}
