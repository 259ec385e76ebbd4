import { type Purl, parsePurl } from '#shared/sbom';
import type { VexIdentity, VexJustification, VexProduct, VexStatement, VexStatus } from './types.ts';

/** A finding in an image, as statements are matched with it. */
export interface VexSubject {
  /** every id of the vulnerability */
  readonly ids: readonly string[];
  /** of the image, and of the indexes that list it */
  readonly digests: readonly string[];
  /** `registry/repository` of everywhere that it lies */
  readonly repositories: readonly string[];
  /** of the package that the finding is in */
  readonly purls: readonly string[];
  /** of everything in the image */
  readonly packages: readonly string[];
}

/** What VEX says of a finding. */
export interface VexAnswer {
  readonly status: VexStatus;
  readonly justification?: VexJustification;
  readonly text?: string;
  readonly by: string;
  readonly at: string;
}

/** Statements that name a vulnerability, before anything is known of the image. */
export function statementsAbout(statements: readonly VexStatement[], ids: readonly string[]): readonly VexStatement[] {
  const wanted = new Set(ids.map((id) => id.toLowerCase()));
  return statements.filter(({ vulnerabilities }) => vulnerabilities.some((id) => wanted.has(id.toLowerCase())));
}

/**
 * What the newest statement about a finding says (OpenVEX: later statements replace earlier ones); of two of one time the one that asks for more care. undefined: none is
 * about it. Pure, whatever the order of the statements.
 */
export function vexFor(statements: readonly VexStatement[], subject: VexSubject): VexAnswer | undefined {
  const [newest] = statementsAbout(statements, subject.ids)
    .filter(({ products }) => products.some((product) => isAbout(product, subject)))
    .sort(
      (a, b) =>
        (a.at < b.at ? 1 : a.at > b.at ? -1 : 0) ||
        care.indexOf(a.status) - care.indexOf(b.status) ||
        compare(a.by, b.by),
    );
  if (newest === undefined) return undefined;
  const { status, justification, text, by, at } = newest;
  return {
    status,
    ...(justification === undefined ? {} : { justification }),
    ...(text === undefined ? {} : { text }),
    by,
    at,
  };
}

const care: readonly VexStatus[] = ['affected', 'under_investigation', 'fixed', 'not_affected'];
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Why a finding is left out by what VEX says of it; undefined: it is not. */
export function vexHides({ status, justification, text, by }: VexAnswer): string | undefined {
  if (status !== 'not_affected' && status !== 'fixed') return undefined;
  const why = [justification?.replaceAll('_', ' '), text].filter((each) => each !== undefined).join(': ');
  return `VEX of ${by}: ${status === 'fixed' ? 'fixed' : 'not affected'}${why === '' ? '' : `, ${why}`}`;
}

function isAbout(product: VexProduct, subject: VexSubject): boolean {
  const { subcomponents } = product;
  if (isImage(product, subject))
    return subcomponents.length === 0 || subcomponents.some((part) => isIn(part, subject.purls));
  if (subcomponents.length === 0) return isIn(product, subject.purls);
  return isIn(product, subject.packages) && subcomponents.some((part) => isIn(part, subject.purls));
}

const isIn = ({ purls }: VexIdentity, packages: readonly string[]): boolean =>
  purls.some((purl) => packages.some((each) => matchesPurl(purl, each)));

/**
 * Whether a product is the image: by digest, or by a `pkg:oci` that names its repository. One that names a tag, or only a last part of a name, is none: tags move, and
 * everybody may call an image `app`.
 */
function isImage({ purls, digests }: VexIdentity, subject: VexSubject): boolean {
  return (
    digests.some((digest) => subject.digests.includes(digest)) ||
    purls.some((text) => {
      const purl = parsePurl(text);
      if (purl?.type !== 'oci' && purl?.type !== 'docker') return false;
      if (purl.version !== undefined) return subject.digests.includes(purl.version);
      if (purl.qualifiers.has('tag')) return false;
      const place = purl.qualifiers
        .get('repository_url')
        ?.replace(/^https?:\/\//, '')
        .replace(/\/+$/, '');
      return (
        place !== undefined && subject.repositories.some((each) => each === place || each === `${place}/${purl.name}`)
      );
    })
  );
}

/** Qualifiers that say where a package came from, not which it is. */
const origins: ReadonlySet<string> = new Set([
  'vcs_url',
  'download_url',
  'checksum',
  'file_name',
  'repository_url',
  'upstream',
]);

/** Whether a package URL of a statement names a package: each part that it gives has to agree. */
export function matchesPurl(wanted: string, have: string): boolean {
  const [a, b] = [taken(wanted), taken(have)];
  if (a === undefined || b === undefined) return false;
  return (
    a.type === b.type &&
    a.namespace === b.namespace &&
    a.name === b.name &&
    (a.version === undefined || a.version === b.version) &&
    [...a.qualifiers].every(([key, value]) => origins.has(key) || b.qualifiers.get(key) === value)
  );
}

const insensitive: ReadonlySet<string> = new Set(['nuget', 'pypi', 'composer']);

function taken(text: string): Purl | undefined {
  const purl = parsePurl(text);
  if (purl === undefined || !insensitive.has(purl.type)) return purl;
  const name = purl.name.toLowerCase();
  return {
    ...purl,
    namespace: purl.namespace.toLowerCase(),
    // PyPI takes runs of these for one sign (PEP 503)
    name: purl.type === 'pypi' ? name.replace(/[-_.]+/g, '-') : name,
  };
}
