import { UnreadableEvidence } from '../errors.ts';
import { licensesOf, packageDrafts } from './drafts.ts';
import type { EvidenceFile, Extractor } from './extractor.ts';
import { type PhpValue, unserialize } from './php-serialized.ts';

/**
 * Packages that PHP's `pear` and `pecl` installed: `.registry/<name>.reg` of the main channel and `.registry/.channel.<channel>/<name>.reg` of
 * the others, each what PHP's serialize() makes of the package's description. What comes from pear.php.net is published on Packagist too, as
 * `pear/<name>`, and advisories name it so; nobody publishes advisories for other channels, PECL among them.
 */
export const pear: Extractor = {
  name: 'pear',
  version: 1,
  concerns: { endings: ['.reg'] },
  wants({ path, base, size }) {
    if (size === 0 || !base.endsWith('.reg')) return undefined;
    return /(?:^|\/)\.registry\/(?:\.channel\.[^/]+\/)?[^/]+\.reg$/.test(path) ? 'content' : undefined;
  },
  read(file) {
    const description = read(file);
    const name = text(description.get('name')) ?? text(description.get('package'));
    const version = field(description.get('version'), 'release');
    if (name === undefined) throw new UnreadableEvidence(file.path, 'a PEAR package without a name');
    if (version === undefined) throw new UnreadableEvidence(file.path, 'a PEAR package without a version');
    const channel = text(description.get('channel')) ?? 'pear.php.net';
    const common = { version, ...licensesOf([field(description.get('license'), '_content')]) };
    return packageDrafts([
      channel === 'pear.php.net'
        ? { type: 'composer', name: `pear/${name.toLowerCase()}`, ...common }
        : { type: 'pear', name: `${channel}/${name}`, ...common },
    ]);
  },
};

function read(file: EvidenceFile): ReadonlyMap<string, PhpValue> {
  let value: PhpValue;
  try {
    value = unserialize(file.bytes);
  } catch (cause) {
    throw new UnreadableEvidence(file.path, 'this entry of the PEAR registry is not serialised PHP', { cause });
  }
  if (value instanceof Map) return value;
  throw new UnreadableEvidence(file.path, 'this entry of the PEAR registry describes nothing');
}

/** A text, or the part of an array that holds it: both occur, by the version of the package's description. */
function field(value: PhpValue | undefined, part: string): string | undefined {
  return text(value instanceof Map ? value.get(part) : value);
}

function text(value: PhpValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
