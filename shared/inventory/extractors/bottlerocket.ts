import { UnreadableEvidence } from '../errors.ts';
import type { FoundPackage } from '../layer-facts.ts';
import { packageDrafts } from './drafts.ts';
import type { Extractor } from './extractor.ts';
import { isRecord, jsonOf } from './json.ts';

const place = /(?:^|\/)usr\/share\/bottlerocket\/application-inventory\.json$/;

/** The list of rpm packages that Bottlerocket is made of, which has no rpm database: `{"Content": [{"Name", "Epoch", "Version", "Release", "Architecture"}]}`. */
export const bottlerocket: Extractor = {
  name: 'bottlerocket',
  version: 1,
  concerns: { names: ['application-inventory.json'] },
  wants({ path, base, size }) {
    return size > 0 && base === 'application-inventory.json' && place.test(path) ? 'content' : undefined;
  },
  read(file) {
    const json = jsonOf(file, 'inventory of Bottlerocket');
    const content = isRecord(json) ? json.Content : undefined;
    if (!Array.isArray(content))
      throw new UnreadableEvidence(file.path, 'this inventory of Bottlerocket lists nothing');
    const listed = content.flatMap((entry) => packageOf(entry) ?? []);
    const broken = content.length - listed.length;
    return [
      ...packageDrafts(listed),
      ...(broken === 0
        ? []
        : [
            {
              kind: 'trouble',
              code: 'unreadable-evidence',
              text: `${broken} entries of the inventory have no name or version`,
            } as const,
          ]),
    ];
  },
};

function packageOf(entry: unknown): FoundPackage | undefined {
  const field = (name: string): string => {
    const value = isRecord(entry) ? entry[name] : undefined;
    return typeof value === 'string' ? value : '';
  };
  const [name, version, release, epoch] = [field('Name'), field('Version'), field('Release'), field('Epoch')];
  if (name === '' || version === '') return undefined;
  const architecture = field('Architecture');
  return {
    type: 'rpm',
    name,
    version: `${/^[1-9]\d*$/.test(epoch) ? `${epoch}:` : ''}${version}${release === '' ? '' : `-${release}`}`,
    ...(architecture === '' ? {} : { architecture }),
  };
}
