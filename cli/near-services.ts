import { nearest } from './nearest.ts';

const told = 3;

/**
 * The services that a person probably meant by `cluster/name`: the nearest of all first, then others of the cluster that was named. None when neither the
 * cluster nor the name is near: then it is no name of a service. Pure.
 */
export function nearServices(named: string, services: readonly string[]): readonly string[] {
  const best = nearest(named, services);
  const cluster = `${named.split('/')[0]}/`;
  const beside = services.filter((service) => service.startsWith(cluster)).sort();
  return [...new Set([...(best === undefined ? [] : [best]), ...beside])].slice(0, told);
}
