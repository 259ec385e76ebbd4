import type { ReadRelease } from './release.ts';

const services = new Set(['esm-infra', 'esm-apps']);

/**
 * The channel of an Ubuntu that gets security updates for longer: 'esm' when the Pro client says that its services are enabled, or apt is
 * set up for their archive (detection.md section 1 and trap 13). Updates of `esm` are only for such.
 */
export function ubuntuChannel(read: ReadRelease): 'esm' | undefined {
  if (hasEnabledService(read('var/lib/ubuntu-advantage/status.json') ?? '')) return 'esm';
  return esmSources.some((path) => namesArchive(read(path) ?? '')) ? 'esm' : undefined;
}

const esmSources = ['infra', 'apps'].flatMap((service) => [
  `etc/apt/sources.list.d/ubuntu-esm-${service}.list`,
  `etc/apt/sources.list.d/ubuntu-esm-${service}.sources`,
]);

function namesArchive(text: string): boolean {
  return text.split('\n').some((line) => /^\s*(?:deb|URIs:)\s.*https:\/\/esm\.ubuntu\.com\//.test(line));
}

/** `{"services": [{"name": "esm-infra", "status": "enabled"}]}` */
function hasEnabledService(text: string): boolean {
  let status: unknown;
  try {
    status = JSON.parse(text);
  } catch {
    return false;
  }
  const list = (status as { readonly services?: unknown } | null)?.services;
  if (!Array.isArray(list)) return false;
  return list.some((entry: unknown) => {
    const { name, status: state } = (entry ?? {}) as { readonly name?: unknown; readonly status?: unknown };
    return typeof name === 'string' && services.has(name) && state === 'enabled';
  });
}
