import { RegistryError } from './errors.ts';

/** The `Host` values that a loopback server answers to, lower case. */
export type OurHosts = ReadonlySet<string>;

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];
const WILDCARDS: readonly string[] = ['0.0.0.0', '::', '[::]', ''];

/**
 * The names that we answer to: loopback and `bound` (unless it means "every address") with our port, and `extra` names, with our port unless
 * they carry one.
 */
export function ourHosts(port: number, bound: string, extra: readonly string[]): OurHosts {
  const hosts = new Set<string>();
  const add = (name: string): void => {
    hosts.add(`${name}:${port}`);
    // clients leave the port out of Host when it is the scheme's own (RFC 9110, 4.2.3)
    if (port === 80) hosts.add(name);
  };
  for (const name of LOOPBACK) add(name);
  if (!WILDCARDS.includes(bound)) add(reachableHost(bound.toLowerCase()));
  for (const name of extra) {
    const lower = name.toLowerCase();
    if (/[^:]:\d{1,5}$/.test(lower)) hosts.add(lower);
    else add(lower);
  }
  return hosts;
}

/** How a client on this machine names the address that a server listens on: loopback for "every address", IPv6 in brackets. */
export function reachableHost(address: string): string {
  if (WILDCARDS.includes(address)) return '127.0.0.1';
  return address.includes(':') && !address.startsWith('[') ? `[${address}]` : address;
}

/** The headers that tell who sent a request and to whom. */
export interface Provenance {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`, which only browsers send */
  readonly fetchSite: string | undefined;
}

/**
 * Refuses what a web page could send to a loopback server: requests by a name that an attacker's DNS pointed here (DNS rebinding), and
 * requests from pages that are not ours (cross-site forgery). Registry clients send neither Origin nor Sec-Fetch-Site.
 * @throws RegistryError 421 for a foreign Host, 403 for a foreign origin
 */
export function checkProvenance({ host, origin, fetchSite }: Provenance, hosts: OurHosts): void {
  if (host === undefined || !hosts.has(host.toLowerCase())) {
    throw new RegistryError(
      421,
      'DENIED',
      host ?? '(no Host header)',
      'this registry does not answer to that name',
      'Use 127.0.0.1 or localhost with its port, or add the name to the allowed hosts.',
    );
  }
  const foreignOrigin = origin !== undefined && !isOurOrigin(origin, hosts);
  const foreignSite = fetchSite === 'cross-site' || fetchSite === 'same-site';
  if (foreignOrigin || foreignSite) {
    throw new RegistryError(
      403,
      'DENIED',
      origin ?? fetchSite ?? '',
      'requests from other web pages are refused',
      'Use a registry client, not a browser page.',
    );
  }
}

const isOurOrigin = (origin: string, hosts: OurHosts): boolean =>
  origin.startsWith('http://') && hosts.has(origin.slice('http://'.length).toLowerCase());
