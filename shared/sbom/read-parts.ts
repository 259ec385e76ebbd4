import type { Bill, BillDistribution, BillFile, BillLayer, BillPart } from './bill.ts';
import { optional } from './claims.ts';
import type { ReadFacts } from './facts.ts';

/** A document lists at most so many packages and files; the largest known real ones have a tenth of it. */
export const mostParts = 1_000_000;

const digestForm = /^sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})$/;

/** The text as a digest, which may stand behind a name (`app@sha256:…`). */
export function digestIn(text: string | undefined): string | undefined {
  const digest = text?.slice(text.lastIndexOf('@') + 1);
  return digest !== undefined && digestForm.test(digest) ? digest : undefined;
}

/** What forms say of a package in fields of their own. */
export interface StatedPart {
  readonly name: string;
  readonly version: string | undefined;
  readonly purl: string | undefined;
  readonly supplier: string | undefined;
  readonly licenses: readonly string[];
  readonly path?: string | undefined;
  readonly source?: string | undefined;
  readonly sourceVersion?: string | undefined;
}

/** A package from a form's own fields and the facts that Drydock, Trivy and Syft leave beside them. */
export function partOf(stated: StatedPart, facts: ReadFacts): BillPart {
  const layer = facts.own('layer') ?? facts.first('aquasecurity:trivy:LayerDigest');
  const path =
    facts.own('path') ??
    stated.path ??
    facts.first('aquasecurity:trivy:FilePath') ??
    facts.first('syft:location:0:path');
  return {
    name: stated.name,
    version: stated.version ?? '',
    ...optional('purl', stated.purl),
    ...optional('key', facts.own('key')),
    ...optional(
      'source',
      facts.own('source') ??
        facts.first('aquasecurity:trivy:SrcName') ??
        facts.first('syft:metadata:source') ??
        stated.source,
    ),
    ...optional(
      'sourceVersion',
      facts.own('source-version') ??
        trivySourceVersion(facts) ??
        facts.first('syft:metadata:sourceVersion') ??
        stated.sourceVersion,
    ),
    ...optional('module', facts.own('module') ?? facts.first('syft:metadata:modularityLabel')),
    licenses: stated.licenses,
    ...optional('supplier', stated.supplier),
    ...optional('path', path?.replace(/^\/+/, '')),
    ...optional('layer', digestIn(layer)),
    ...optional('ownedBy', facts.own('owned-by')),
    ...optional('type', facts.own('type')),
    ...optional('bundled', facts.own('bundled')),
  };
}

/** What Syft (`acquired package info from DPKG DB: /var/lib/dpkg/status`) and Trivy (`built package from: openssl 3.0.2`) write as SPDX's source information. */
export function sourceInfoOf(text: string | undefined): Pick<StatedPart, 'path' | 'source' | 'sourceVersion'> {
  const [, source, sourceVersion] = /^built package from: (\S+) (\S+)$/.exec(text ?? '') ?? [];
  return { path: /: (\/[^,]+)/.exec(text ?? '')?.[1], source, sourceVersion };
}

/** Trivy splits a source's version into three. */
function trivySourceVersion(facts: ReadFacts): string | undefined {
  const [epoch, version, release] = ['SrcEpoch', 'SrcVersion', 'SrcRelease'].map((name) =>
    facts.first(`aquasecurity:trivy:${name}`),
  );
  if (version === undefined) return undefined;
  return `${epoch === undefined || epoch === '0' ? '' : `${epoch}:`}${version}${release === undefined ? '' : `-${release}`}`;
}

/** SPDX joins a tool's name and version with a dash. */
export function toolNamed(text: string): Bill['tool'] {
  const dash = text.lastIndexOf('-');
  return dash > 0 ? { name: text.slice(0, dash), version: text.slice(dash + 1) } : { name: text, version: '' };
}

/** An executable, when its hash is known. */
export function fileOf(path: string, sha256: string | undefined, facts: ReadFacts): BillFile | undefined {
  if (sha256 === undefined || !/^[0-9a-f]{64}$/.test(sha256)) return undefined;
  return {
    path: path.replace(/^\/+/, ''),
    sha256,
    ...optional('layer', digestIn(facts.own('layer'))),
    ...optional('owner', facts.own('owner')),
  };
}

/** The operating system from the names that forms give it; Syft keeps os-release's own words beside them. */
export function systemOf(
  stated: { readonly name: string; readonly version: string | undefined; readonly prettyName?: string | undefined },
  facts: ReadFacts,
): BillDistribution {
  return {
    id: (facts.first('syft:distro:id') ?? stated.name).toLowerCase(),
    versionId: facts.first('syft:distro:versionID') ?? stated.version ?? '',
    ...optional('codename', facts.own('codename') ?? facts.first('syft:distro:versionCodename')),
    ...optional('prettyName', facts.own('pretty-name') ?? facts.first('syft:distro:prettyName') ?? stated.prettyName),
    ...optional('ecosystem', facts.own('ecosystem')),
    ...optional('channel', facts.own('channel')),
  };
}

/** What the facts of the whole document say: platform, layers, gaps. */
export function documentOf(facts: ReadFacts): Pick<Bill, 'layers' | 'gaps'> & { readonly platform?: string } {
  return {
    ...optional('platform', facts.own('platform')),
    layers: facts.allOwn('layer').flatMap((text) => layerOf(text) ?? []),
    gaps: facts.allOwn('gap').map((text) => {
      const space = text.indexOf(' ');
      return space < 0 ? { code: '', text } : { code: text.slice(0, space), text: text.slice(space + 1) };
    }),
  };
}

function layerOf(text: string): BillLayer | undefined {
  const [, digest, size, createdBy] = /^(\S+) (\d{1,15})(?: ([\s\S]*))?$/.exec(text) ?? [];
  if (digestIn(digest) === undefined || digest === undefined) return undefined;
  return { digest, size: Number(size), ...optional('createdBy', createdBy) };
}
