import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { inventoryOfBill, packageKeyId } from '#shared/inventory';
import { buildImage, digestOf } from '#shared/oci';
import { readBill, readCycloneDxXml } from '#shared/sbom';
import { layoutFiles, writeFiles } from '../oci/stored.ts';
import { inventoryOf, layerOf } from './images.ts';
import { syftImages } from './syft-images.ts';

/** A bill that Syft wrote of one of `syftImages`. */
export interface SyftBill {
  readonly image: string;
  /** Syft's name of it: `spdx-json@2.3` */
  readonly form: string;
  readonly bytes: Buffer;
}

const forms = [
  ...['1.4', '1.5', '1.6', '1.7'].map((version) => `cyclonedx-json@${version}`),
  ...['1.4', '1.6'].map((version) => `cyclonedx-xml@${version}`),
  ...['2.2', '2.3', '3.0'].map((version) => `spdx-json@${version}`),
  ...['2.2', '2.3'].map((version) => `spdx-tag-value@${version}`),
];

/** Has Syft, which must be on the PATH, read every image and write every form of it. Layouts and bills stay in `folder`. */
export function writeSyftBills(folder: string): readonly SyftBill[] {
  return Object.entries(syftImages).flatMap(([image, tree]) => {
    const layout = path.join(folder, image);
    mkdirSync(layout, { recursive: true });
    writeFiles(layout, layoutFiles([{ image: buildImage({ layers: [layerOf(tree)] }) }]));
    const outputs = forms.flatMap((form) => ['-o', `${form}=${image}.${form}`]);
    const named = ['--source-name', image, '--source-version', '1'];
    execFileSync('syft', ['scan', `oci-dir:${image}`, '-q', ...named, ...outputs], { cwd: folder });
    return forms.map((form) => ({ image, form, bytes: readFileSync(path.join(folder, `${image}.${form}`)) }));
  });
}

const fixtures = path.join(import.meta.dirname, 'fixtures/syft');

/** The bills that Syft 1.57.1 wrote, kept. */
export function keptSyftBills(): readonly SyftBill[] {
  return readdirSync(fixtures).flatMap((file) => {
    const [, image, form] = /^([a-z]+)\.(.+)\.gz$/.exec(file) ?? [];
    if (image === undefined || form === undefined) return [];
    return [{ image, form, bytes: gunzipSync(readFileSync(path.join(fixtures, file))) }];
  });
}

/** What Syft does not list, or without a package URL. */
const notListed = [
  'conda||||||a|1.0||',
  'Hex||||||a|1.0||',
  'Julia||||||A|1.0.0||',
  'npm||||||ms|2.1.2||',
  'PEAR||||||pecl.php.net/Tar|1.4.9||',
  'Pub||||||a|1.0.0||',
  'PyPI||||||six|1.16.0||',
  'WordPress||||||plugin/a|1.0||',
];

/** The package keys that the image has and its bill has not, and the other way round; what Syft cannot say is left out. */
export async function keyDifferences({ image, form, bytes }: SyftBill): Promise<readonly string[]> {
  const inventory = await inventoryOf(syftImages[image] ?? {});
  const ofImage = new Set(inventory.packages.map(({ key }) => packageKeyId(key)));
  const document = { digest: digestOf(bytes), size: bytes.length };
  const ofBill = new Set(
    inventoryOfBill(readBill(bytes, form, readCycloneDxXml), document).packages.map(({ key }) => packageKeyId(key)),
  );
  // Syft writes the module stream of an rpm package as a property of CycloneDX only
  const plain = (id: string): string => (form.startsWith('spdx') ? id.replace('|nodejs:18|', '||') : id);
  const expected = new Set([...ofImage].filter((id) => !notListed.includes(id)).map(plain));
  return [
    ...[...expected].filter((id) => !ofBill.has(id)).map((id) => `only in the image: ${id}`),
    ...[...ofBill].filter((id) => !expected.has(id)).map((id) => `only in the bill: ${id}`),
  ];
}
