import * as z from 'zod';
import { describeRules } from './deployment-rules.ts';
import { FleetError } from './errors.ts';
import { read, text } from './inputs.ts';
import { clusterOf, findService } from './lookups.ts';
import { shortName } from './names.ts';
import { type Operation, seconds, timed } from './operation.ts';
import { pageInput, pageOf } from './paging.ts';
import type { RolloutRow } from './rows.ts';
import { countOf, hasEnded, primaryOf, setRollout, withDeployment } from './service-rows.ts';
import { describeCount } from './service-view.ts';
import type { Tx } from './state.ts';

const listed = z.object({
  ...pageInput,
  cluster: text.optional(),
  service: text,
  status: z.array(z.string()).max(20).default([]),
  createdAt: z.object({ before: z.number().optional(), after: z.number().optional() }).optional(),
});

export const deploymentOperations: Readonly<Record<string, Operation>> = {
  /** Newest first. */
  ListServiceDeployments: {
    bucket: 'deployments',
    run: (tx, input) => {
      const { cluster, service: named, status, createdAt, ...request } = read(listed, input);
      const service = findService(tx, clusterOf(tx, cluster), named);
      if (service === undefined) throw new FleetError('ServiceNotFoundException', 'Service not found.');
      const rows = service.history
        .map((arn) => tx.get('rollout', arn))
        .filter((row) => row !== undefined)
        .filter((row) => status.length === 0 || status.includes(row.status))
        .filter((row) => createdAt?.after === undefined || seconds(row.createdAt) >= createdAt.after)
        .filter((row) => createdAt?.before === undefined || seconds(row.createdAt) <= createdAt.before);
      const { page, nextToken } = pageOf(
        rows.map((row) => row.arn),
        request,
        20,
      );
      const shown = rows.filter((row) => page.includes(row.arn));
      return { serviceDeployments: shown.map(brief), ...(nextToken === undefined ? {} : { nextToken }) };
    },
  },
  DescribeServiceDeployments: {
    bucket: 'deployments',
    run: (tx, input) => {
      const { serviceDeploymentArns: arns } = read(
        z.object({
          serviceDeploymentArns: z.array(text).min(1).max(20, 'Service deployments cannot have more than 20 elements.'),
        }),
        input,
      );
      const found = arns.map((arn) => tx.get('rollout', arn));
      return {
        serviceDeployments: found.filter((row) => row !== undefined).map((row) => describe(tx, row)),
        failures: missing(arns, found),
      };
    },
  },
  /** ROLLBACK (the default) goes back to the last completed revision; ABORT leaves everything where it stands. */
  StopServiceDeployment: {
    bucket: 'deployments',
    run: (tx, input) => {
      const { serviceDeploymentArn: arn, stopType } = read(
        z.object({ serviceDeploymentArn: text, stopType: z.enum(['ROLLBACK', 'ABORT']).default('ROLLBACK') }),
        input,
      );
      const rollout = tx.get('rollout', arn);
      if (rollout === undefined) {
        throw new FleetError('ServiceDeploymentNotFoundException', 'Service deployment not found.');
      }
      stop(tx, rollout, stopType);
      return { serviceDeploymentArn: arn };
    },
  },
  DescribeServiceRevisions: {
    bucket: 'deployments',
    run: (tx, input) => {
      const { serviceRevisionArns: arns } = read(
        z.object({
          serviceRevisionArns: z.array(text).min(1).max(20, 'Service revisions cannot have more than 20 elements.'),
        }),
        input,
      );
      const found = arns.map((arn) => tx.get('revision', arn));
      return {
        serviceRevisions: found
          .filter((row) => row !== undefined)
          .map((row) => ({
            serviceRevisionArn: row.arn,
            serviceArn: row.service,
            clusterArn: row.clusterArn,
            taskDefinition: row.taskDefinition,
            launchType: 'FARGATE',
            platformFamily: 'Linux',
            loadBalancers: [],
            serviceRegistries: [],
            ...row.deployed,
            containerImages: row.images.map(({ container, image, digest }) => {
              const named = digest ?? /@(sha(?:256|512):[0-9a-f]+)$/.exec(image)?.[1];
              return { containerName: container, image, ...(named === undefined ? {} : { imageDigest: named }) };
            }),
            guardDutyEnabled: false,
            createdAt: seconds(row.createdAt),
          })),
        failures: missing(arns, found),
      };
    },
  },
};

function missing(arns: readonly string[], found: readonly unknown[]): unknown[] {
  return arns.filter((_arn, at) => found[at] === undefined).map((arn) => ({ arn, reason: 'MISSING' }));
}

function stop(tx: Tx, rollout: RolloutRow, stopType: 'ROLLBACK' | 'ABORT'): void {
  const service = tx.get('service', rollout.service);
  if (service === undefined || hasEnded(rollout)) {
    throw new FleetError(
      'ConflictException',
      `Service deployment ${shortName(rollout.arn)} is ${rollout.status}: it cannot be stopped.`,
    );
  }
  if (rollout.status !== 'PENDING' && rollout.status !== 'IN_PROGRESS') return;
  const wakeAt = tx.now + tx.taskStartMs / 4;
  if (stopType === 'ROLLBACK') {
    if (service.lastCompleted === undefined) {
      throw new FleetError('ConflictException', 'There is no completed service deployment to roll back to.');
    }
    setRollout(tx, rollout.arn, 'ROLLBACK_REQUESTED', { statusReason: 'A user asked for a rollback.' });
    tx.put('service', { ...service, wakeAt });
    return;
  }
  const primary = primaryOf(service);
  setRollout(tx, rollout.arn, 'STOP_REQUESTED', {
    statusReason: 'A user stopped the service deployment.',
    ended: countOf(tx, service, rollout.target),
  });
  if (primary === undefined) return;
  const reason = `ECS deployment ${primary.id} stopped.`;
  tx.put('service', { ...withDeployment(tx, service, primary.id, { rolloutState: 'FAILED', reason }), wakeAt });
}

function brief(row: RolloutRow): Record<string, unknown> {
  return {
    serviceDeploymentArn: row.arn,
    serviceArn: row.service,
    clusterArn: row.clusterArn,
    createdAt: seconds(row.createdAt),
    ...timed('startedAt', row.startedAt),
    ...timed('finishedAt', row.finishedAt),
    targetServiceRevisionArn: row.target,
    status: row.status,
    ...(row.statusReason === undefined ? {} : { statusReason: row.statusReason }),
  };
}

function describe(tx: Tx, row: RolloutRow): Record<string, unknown> {
  const service = tx.get('service', row.service);
  const now = service === undefined ? undefined : countOf(tx, service, row.target);
  return {
    serviceDeploymentArn: row.arn,
    serviceArn: row.service,
    clusterArn: row.clusterArn,
    createdAt: seconds(row.createdAt),
    ...timed('startedAt', row.startedAt),
    ...timed('finishedAt', row.finishedAt),
    ...timed('stoppedAt', row.stoppedAt),
    updatedAt: seconds(row.updatedAt),
    sourceServiceRevisions: row.sources.map(describeCount),
    targetServiceRevision: describeCount(row.ended ?? now ?? { arn: row.target, requested: 0, running: 0, pending: 0 }),
    status: row.status,
    ...(row.statusReason === undefined ? {} : { statusReason: row.statusReason }),
    deploymentConfiguration: describeRules(row.rules),
    ...(row.rollback === undefined
      ? {}
      : {
          rollback: {
            reason: row.rollback.reason,
            startedAt: seconds(row.rollback.startedAt),
            serviceRevisionArn: row.rollback.revision,
          },
        }),
    deploymentCircuitBreaker: { status: row.breaker, failureCount: row.failures, threshold: row.threshold },
    alarms: { status: 'DISABLED' },
  };
}
