/** What a product tree says of one component: an rpm, or the source package that rpms are built of. */
export interface Component {
  readonly name: string;
  /** `epoch:version-release`, without an epoch of 0; undefined: whichever */
  readonly version?: string;
  /** `src` for a source package; undefined: a binary of every architecture */
  readonly architecture?: string;
  /** the module stream that it is built in: `nodejs:18` */
  readonly module?: string;
}

const plainName = /^[A-Za-z0-9][\w.+-]{0,199}$/;
const stream = /^([\w.+-]{1,100}:[\w.+-]{1,100})(?::|$)/;

/**
 * Reads a component by its purl, else by its id, as documents of before 2024 have no purls for some; undefined for what is no rpm of Red Hat, or is
 * written against the rules (`rpmmod=rhel10`).
 *
 * @param id `openssl-1:3.0.7-27.el9.x86_64`, `nodejs:18/nodejs`, `curl.src`, `curl`
 */
export function componentOf(id: string, purl: string | undefined): Component | undefined {
  if (purl === undefined || purl.startsWith('pkg:rpmmod/')) return componentOfId(id);
  const [, encodedName = '', encodedVersion, query = ''] =
    /^pkg:rpm\/redhat\/([^@?#/]+)(?:@([^?#]*))?(?:\?([^#]*))?$/.exec(purl) ?? [];
  const name = decoded(encodedName);
  const version = decoded(encodedVersion ?? '');
  if (name === undefined || version === undefined || !plainName.test(name)) return undefined;
  const qualifiers = new URLSearchParams(query.replaceAll('+', '%2B'));
  const label = qualifiers.get('rpmmod') ?? undefined;
  const module = label === undefined ? undefined : stream.exec(label)?.[1];
  if (label !== undefined && module === undefined) return undefined;
  const epoch = qualifiers.get('epoch') ?? epochOf(id);
  return component(name, version, epoch, qualifiers.get('arch') ?? undefined, module);
}

/** The module that a component is, when it is one: by its purl (`pkg:rpmmod/redhat/nodejs@18:8090…`) or its id (`nodejs:18:8090…:rhel8`). */
export function moduleOf(id: string, purl: string | undefined): string | undefined {
  const said = /^pkg:rpmmod\/redhat\/([^@?#/]+)@([^?#/]+)/.exec(purl ?? '');
  return stream.exec(said === null ? id : `${said[1]}:${decoded(said[2] ?? '') ?? ''}`)?.[1];
}

function componentOfId(id: string): Component | undefined {
  const [, module, rest = id] = /^([\w.+-]{1,100}:[\w.+-]{1,100})\/(.+)$/.exec(id) ?? [];
  const built = /^(.+)-(\d+):([^-:]+-[^-:]+)\.(src|noarch|[a-z][a-z0-9_]{2,9})$/.exec(rest);
  if (built !== null && plainName.test(built[1] ?? ''))
    return component(built[1] ?? '', built[3] ?? '', built[2], built[4], module);
  const name = rest.replace(/\.src$/, '');
  // what had no purl then was always the source package
  return plainName.test(name) ? component(name, '', undefined, 'src', module) : undefined;
}

function component(
  name: string,
  version: string,
  epoch: string | undefined,
  architecture: string | undefined,
  module: string | undefined,
): Component {
  const before = epoch === undefined || !/^[1-9]\d{0,8}$/.test(epoch) ? '' : `${epoch}:`;
  return {
    name,
    ...(version === '' ? {} : { version: `${before}${version}` }),
    ...(architecture === undefined || !/^\w{1,20}$/.test(architecture) ? {} : { architecture }),
    ...(module === undefined ? {} : { module }),
  };
}

const epochOf = (id: string): string | undefined => /-(\d+):[^-:]+-[^-:]+$/.exec(id)?.[1];

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
