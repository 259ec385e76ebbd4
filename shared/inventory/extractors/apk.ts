import { UnreadableEvidence } from '../errors.ts';
import type { EvidenceDraft, FoundPackage } from '../layer-facts.ts';
import { below, folderOf } from '../path.ts';
import { licensesOf, sift } from './drafts.ts';
import type { Extractor } from './extractor.ts';
import { ownedPaths } from './owned-paths.ts';
import { vendorOf } from './third-parties.ts';

const place = /(?:^|\/)((?:usr\/)?lib\/apk\/db)\/installed$/;

/**
 * Alpine's database, in both of its places. One letter per line: P name, V version, A architecture, o origin (the source that advisories
 * name), m maintainer, L licence, F a folder, R a file in it (apk-tools, "Apk spec"; detection.md section 4, trap 17).
 */
export const apk: Extractor = {
  name: 'apk',
  version: 4,
  concerns: { names: ['installed'] },
  wants(file) {
    return file.base === 'installed' && file.size > 0 && place.test(file.path) ? 'content' : undefined;
  },
  read(file) {
    const home = folderOf(file.path);
    const inRoot = place.exec(file.path)?.[1] ?? home;
    const root = home === inRoot ? '' : home.slice(0, -inRoot.length - 1);
    const database = { system: 'apk', home, root } as const;
    const claims: FoundPackage[] = [];
    const drafts: EvidenceDraft[] = [];
    let broken = 0;
    for (const block of blocks(file.bytes.toString('utf8'))) {
      const found = packageOf(block.fields);
      if (found === undefined) {
        broken += 1;
        continue;
      }
      claims.push(found);
      if (block.files.length > 0)
        drafts.push({ kind: 'owned', system: 'apk', home, root, owner: found.name, paths: ownedPaths(block.files) });
    }
    if (claims.length === 0 && file.bytes.toString('latin1').trim() !== '') {
      throw new UnreadableEvidence(file.path, 'no package entry in an apk database');
    }
    const { packages, troubles } = sift(claims);
    if (broken > 0)
      troubles.push({
        kind: 'trouble',
        code: 'unreadable-evidence',
        text: `${broken} entries have no package name or no version`,
      });
    return [{ kind: 'packages', packages, database }, ...drafts, ...troubles];
  },
};

interface Block {
  readonly fields: Map<string, string>;
  readonly files: string[];
}

function* blocks(text: string): Generator<Block> {
  let block: Block = { fields: new Map(), files: [] };
  let folder = '';
  for (const line of text.split('\n')) {
    if (line === '') {
      if (block.fields.size > 0) yield block;
      block = { fields: new Map(), files: [] };
      folder = '';
      continue;
    }
    if (line[1] !== ':') continue;
    const value = line.slice(2);
    switch (line[0]) {
      case 'F':
        folder = value;
        break;
      case 'R':
        block.files.push(below(folder, value));
        break;
      case 'P':
      case 'V':
      case 'A':
      case 'o':
      case 'm':
      case 'L':
        if (!block.fields.has(line[0])) block.fields.set(line[0], value.trim());
        break;
      default:
    }
  }
  if (block.fields.size > 0) yield block;
}

function packageOf(fields: ReadonlyMap<string, string>): FoundPackage | undefined {
  const name = fields.get('P');
  const version = fields.get('V');
  if (name === undefined || version === undefined || name === '' || version === '') return undefined;
  const origin = fields.get('o');
  const architecture = fields.get('A');
  const maintainer = fields.get('m') ?? '';
  // melange's word for none
  const supplier = maintainer === 'unknown' ? '' : maintainer.slice(0, 200);
  const vendor = vendorOf(version, maintainer);
  const license = fields.get('L');
  return {
    type: 'apk',
    name,
    version,
    source: origin === undefined || origin === '' ? name : origin,
    sourceVersion: version,
    ...(architecture === undefined || architecture === '' ? {} : { architecture }),
    ...(vendor === undefined ? {} : { vendor }),
    ...(supplier === '' ? {} : { supplier }),
    ...licensesOf(license === undefined ? [] : statedLicenses(license)),
  };
}

/** an identifier as Alpine's packagers write it, which no word of a sentence is; its parts share no character, so that no long word is read in many ways */
const identifier = /^(?:[A-Z]{2,}|[A-Za-z][A-Za-z_.]*[-+\d][\w.+-]*)$/;

/** Until Alpine took SPDX expressions, packagers wrote one licence after another: `MIT BSD GPL2+`. What is anything else stays one text. */
function statedLicenses(text: string): readonly string[] {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const areOperators = words.some((word) => /^(?:and|or|with)$/i.test(word));
  return !areOperators && words.every((word) => identifier.test(word)) ? words : [text];
}
