import * as z from 'zod';
import { FleetError } from './errors.ts';
import { NAME, read, tagsInput, text } from './inputs.ts';
import { clusterOf } from './lookups.ts';
import { shortName } from './names.ts';
import type { Operation } from './operation.ts';
import { pageInput, pageOf } from './paging.ts';
import type { ClusterRow } from './rows.ts';
import type { Tx } from './state.ts';

const created = z.object({
  clusterName: z.string().regex(NAME, 'Invalid cluster name.').default('default'),
  tags: tagsInput.optional(),
  settings: z.array(z.unknown()).max(10).default([]),
});
const described = z.object({
  clusters: z.array(text).max(100, 'Clusters cannot have more than 100 elements.').default(['default']),
  include: z.array(z.string()).default([]),
});

export const clusterOperations: Readonly<Record<string, Operation>> = {
  /** Creating one that is there answers it as it is. */
  CreateCluster: {
    bucket: 'cluster-modify',
    run: (tx, input) => {
      const { clusterName, tags, settings } = read(created, input);
      const arn = tx.names.cluster(clusterName);
      const found = tx.get('cluster', arn);
      if (found?.status === 'ACTIVE') return { cluster: describe(tx, found, ['TAGS', 'SETTINGS']) };
      const row = tx.put('cluster', { arn, name: clusterName, status: 'ACTIVE', tags: tags ?? [], settings });
      return { cluster: describe(tx, row, ['TAGS', 'SETTINGS']) };
    },
  },
  DescribeClusters: {
    bucket: 'cluster-read',
    run: (tx, input) => {
      const { clusters, include } = read(described, input);
      const found: unknown[] = [];
      const failures: unknown[] = [];
      for (const named of clusters) {
        const arn = tx.names.cluster(shortName(named));
        const row = tx.get('cluster', arn);
        if (row === undefined) failures.push({ arn, reason: 'MISSING' });
        else found.push(describe(tx, row, include));
      }
      return { clusters: found, failures };
    },
  },
  ListClusters: {
    bucket: 'cluster-read',
    run: (tx, input) => {
      const request = read(z.object(pageInput), input);
      const active = [...tx.all('cluster')].filter((row) => row.status === 'ACTIVE').map((row) => row.arn);
      const { page, nextToken } = pageOf(active.sort(), request, 100);
      return { clusterArns: page, ...(nextToken === undefined ? {} : { nextToken }) };
    },
  },
  DeleteCluster: {
    bucket: 'cluster-modify',
    run: (tx, input) => {
      const row = clusterOf(tx, read(z.object({ cluster: text }), input).cluster);
      const counts = count(tx, row);
      if (counts.activeServicesCount > 0) {
        throw new FleetError(
          'ClusterContainsServicesException',
          'The Cluster cannot be deleted while Services are active.',
        );
      }
      if (counts.runningTasksCount + counts.pendingTasksCount > 0) {
        throw new FleetError('ClusterContainsTasksException', 'The Cluster cannot be deleted while Tasks are active.');
      }
      return { cluster: describe(tx, tx.put('cluster', { ...row, status: 'INACTIVE' }), []) };
    },
  },
};

function describe(tx: Tx, row: ClusterRow, include: readonly string[]): Record<string, unknown> {
  return {
    clusterArn: row.arn,
    clusterName: row.name,
    status: row.status,
    registeredContainerInstancesCount: 0,
    ...count(tx, row),
    statistics: [],
    tags: include.includes('TAGS') ? row.tags : [],
    settings: include.includes('SETTINGS') ? row.settings : [],
    capacityProviders: [],
    defaultCapacityProviderStrategy: [],
  };
}

function count(tx: Tx, row: ClusterRow) {
  const tasks = [...tx.all('task')].filter((task) => task.clusterArn === row.arn);
  return {
    runningTasksCount: tasks.filter((task) => task.lastStatus === 'RUNNING').length,
    pendingTasksCount: tasks.filter((task) => task.lastStatus === 'PENDING' || task.lastStatus === 'PROVISIONING')
      .length,
    activeServicesCount: [...tx.all('service')].filter((service) => {
      return service.clusterArn === row.arn && service.status !== 'INACTIVE';
    }).length,
  };
}
