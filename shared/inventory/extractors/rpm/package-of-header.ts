import type { FoundPackage } from '../../layer-facts.ts';
import { type RpmHeader, tag } from './header-blob.ts';

/** The parts of a package that both databases and manifests speak of; '' and undefined alike mean that nothing is said. */
export interface RpmFields {
  readonly name: string;
  /** `version-release` */
  readonly version: string;
  readonly epoch?: number | undefined;
  readonly architecture?: string | undefined;
  readonly vendor?: string | undefined;
  readonly license?: string | undefined;
  /** `openssl-3.0.7-16.el9_2.src.rpm` */
  readonly sourceRpm?: string | undefined;
  /** `nodejs:18:9020020230301111111:rhel9` */
  readonly modularityLabel?: string | undefined;
}

/** What a header says of its package; undefined without a name, version or release. */
export function fieldsOf(header: RpmHeader): RpmFields | undefined {
  const name = header.text(tag.name);
  const version = header.text(tag.version);
  const release = header.text(tag.release);
  if (name === undefined || version === undefined || release === undefined) return undefined;
  return {
    name,
    version: `${version}-${release}`,
    epoch: header.number(tag.epoch),
    architecture: header.text(tag.arch),
    vendor: header.text(tag.vendor) ?? header.text(tag.packager),
    license: header.text(tag.license, 4096),
    sourceRpm: header.text(tag.sourceRpm),
    modularityLabel: header.text(tag.modularityLabel),
  };
}

/** Keys of repositories and packages of debug symbols: nothing that runs (detection.md section 4, trap 11). */
export function isNoProgram(name: string): boolean {
  return name === 'gpg-pubkey' || /-debug(?:info|source)$/.test(name);
}

/**
 * A package as inventories have it. The epoch stands in the version (`1:3.0.7-16.el9_2`). The name of the source package has none, and a binary's
 * may differ (trap 5: perl-Errno), so the source version has it only when both have the same version and release: who overrides the epoch of
 * a binary overrides its version too. Who made it is decided at merge, when the distribution is known.
 */
export function packageOf(fields: RpmFields): FoundPackage {
  const { name, version, architecture, vendor, license } = fields;
  const source = sourceOf(fields.sourceRpm) ?? { name, version };
  const epoch = fields.epoch === undefined || fields.epoch === 0 ? '' : `${fields.epoch}:`;
  const module = /^([^:]+:[^:]+)(?::|$)/.exec(fields.modularityLabel ?? '')?.[1];
  return {
    type: 'rpm',
    name,
    version: `${epoch}${version}`,
    source: source.name,
    sourceVersion: source.version === version ? `${epoch}${version}` : source.version,
    ...(architecture === undefined || architecture === '' ? {} : { architecture }),
    ...(module === undefined ? {} : { module }),
    ...(vendor === undefined || vendor === '' ? {} : { supplier: vendor.slice(0, 200) }),
    ...(license === undefined || license === '' ? {} : { licenses: [license.slice(0, 200)] }),
  };
}

/** `util-linux-2.37.4-11.el9_2.src.rpm`: a name may hold hyphens, version and release may not. */
function sourceOf(file: string | undefined): { readonly name: string; readonly version: string } | undefined {
  const match = /^(.+)-([^-]+-[^-]+)\.(?:no)?src\.rpm$/.exec(file ?? '');
  return match?.[1] === undefined || match[2] === undefined ? undefined : { name: match[1], version: match[2] };
}
