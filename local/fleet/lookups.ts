import { FleetError } from './errors.ts';
import { resourcePart, shortName } from './names.ts';
import type { ClusterRow, DefinitionRow, ServiceRow } from './rows.ts';
import type { Tx } from './state.ts';

/** The active cluster of that name or ARN; `default` when none is named. Throws ClusterNotFoundException. */
export function clusterOf(tx: Tx, named: string | undefined): ClusterRow {
  const cluster = tx.get('cluster', tx.names.cluster(shortName(named ?? 'default')));
  if (cluster === undefined || cluster.status !== 'ACTIVE') {
    throw new FleetError('ClusterNotFoundException', 'Cluster not found.');
  }
  return cluster;
}

/** The service of that name or ARN in a cluster, deleted ones included; undefined when there never was one. */
export function findService(tx: Tx, cluster: ClusterRow, named: string): ServiceRow | undefined {
  const parts = resourcePart(named).split('/');
  const owner = parts.length === 3 ? parts[1] : undefined;
  if (owner !== undefined && owner !== cluster.name) {
    throw new FleetError('InvalidParameterException', `Identifier is for ${owner}. Your cluster is ${cluster.name}`);
  }
  return tx.get('service', tx.names.service(cluster.name, parts.at(-1) ?? named));
}

/** An active service. Throws ServiceNotFoundException or, when it is deleted or on its way out, ServiceNotActiveException. */
export function activeService(tx: Tx, cluster: ClusterRow, named: string): ServiceRow {
  const service = findService(tx, cluster, named);
  if (service === undefined) throw new FleetError('ServiceNotFoundException', 'Service not found.');
  if (service.status !== 'ACTIVE') {
    throw new FleetError('ServiceNotActiveException', 'Service was not ACTIVE.');
  }
  return service;
}

/** A definition by ARN, `family:revision`, or `family` (its newest ACTIVE revision); undefined when there is none. */
export function findDefinition(tx: Tx, named: string): DefinitionRow | undefined {
  const match = /^([A-Za-z0-9_-]{1,255})(?::([0-9]{1,9}))?$/.exec(shortName(named));
  if (match?.[1] === undefined) return undefined;
  const [, family, revision] = match;
  if (revision !== undefined) return tx.get('definition', tx.names.definition(family, Number(revision)));
  for (let number = tx.newestRevision(family); number > 0; number -= 1) {
    const definition = tx.get('definition', tx.names.definition(family, number));
    if (definition?.status === 'ACTIVE') return definition;
  }
  return undefined;
}

/** A definition that tasks may be started from. Throws ClientException. */
export function usableDefinition(tx: Tx, named: string): DefinitionRow {
  const definition = findDefinition(tx, named);
  if (definition === undefined) throw new FleetError('ClientException', 'TaskDefinition not found.');
  if (definition.status !== 'ACTIVE') throw new FleetError('ClientException', 'TaskDefinition is inactive');
  return definition;
}
