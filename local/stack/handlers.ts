import { makeAlert } from '#functions/alert';
import { makeMapWorkloads } from '#functions/map-workloads';
import { makeRefreshAdvisories } from '#functions/refresh-advisories';
import { makeRematch } from '#functions/rematch';
import { makeScanImage } from '#functions/scan-image';
import { makeStartRollout } from '#functions/start-rollout';
import { makeSweep } from '#functions/sweep';
import manifest from '#root/package.json' with { type: 'json' };
import type { AdvisoryBook, AdvisorySource } from '#shared/advisories';
import type { FunctionName } from '#shared/events';
import type { Orchestrator } from '#shared/fleet';
import { extractorsVersion } from '#shared/inventory';
import { attachReferrer, openRegistry } from '#shared/oci';
import { approvalsOf, holdDownsOf } from '#shared/remedy';
import type { Blobs, Table } from '#shared/store';
import type { makeEmit } from '../../functions/emit.ts';
import { modesOf, tellChange } from '../../functions/news.ts';
import type { policyPorts } from '../../functions/policy-ports.ts';
import type { QueueEvent, QueueResult, RecordFailure } from '../../functions/queue.ts';
import { makeAttachSbom } from '../../functions/scan-image/attach-sbom.ts';
import { demoRepositories } from '../demo/images.ts';
import type { catalogueSources } from './catalogues.ts';
import { inbox } from './inbox.ts';
import { localCatalogue } from './local-catalogue.ts';

type Handler = (event: QueueEvent) => Promise<QueueResult>;

/** What the functions of the stack share. */
export interface HandlerParts {
  readonly table: Table;
  readonly blobs: Blobs;
  readonly book: AdvisoryBook;
  readonly now: () => Date;
  /** host:port that image names begin with */
  readonly registry: string;
  readonly orchestrator: Orchestrator;
  readonly policy: ReturnType<typeof policyPorts>;
  /** what a refresh reads; without `source` there is none */
  readonly advisories: ReturnType<typeof catalogueSources> & { readonly source?: AdvisorySource };
  readonly drive: (rollout: string) => void;
  readonly emit: ReturnType<typeof makeEmit>;
  readonly report: (failure: RecordFailure) => void;
}

/** The functions of AWS by their name, each with the policy as it is when an event comes. */
export function stackHandlers(parts: HandlerParts): Readonly<Record<string, Handler>> {
  const { table, blobs, book, now, registry, orchestrator, policy, advisories, drive, emit, report } = parts;
  const reads = { table, blobs, book, now };
  const handlers: Record<FunctionName, Handler> = {
    'scan-image': makeScanImage({
      ...reads,
      open: async (reference) => openRegistry(reference),
      registryOf: () => registry,
      wantsAdvisories: (repository) => !demoRepositories.includes(repository),
      trustsSbom: policy.trustsSbom,
      trustsVex: policy.trustsVex,
      attachSbom: makeAttachSbom({ wanted: policy.attachesSbom, attach: attachReferrer, version: manifest.version }),
      emit,
      report,
    }),
    'refresh-advisories': makeRefreshAdvisories({
      request: { table, blobs, now, ...advisories },
      emit,
      report,
    }),
    rematch: makeRematch({ ...reads, emit, report }),
    sweep: makeSweep({
      table,
      blobs,
      catalogue: localCatalogue(registry),
      policy: policy.sweep,
      extractors: extractorsVersion,
      baseline: async () => false,
      now,
      emit,
      report,
    }),
    'map-workloads': makeMapWorkloads({
      ...reads,
      accept: policy.accept,
      likelyFrom: policy.likelyFrom,
      baseline: async () => false,
      tell: tellChange(emit, now),
      orchestrator,
      emit,
      report,
    }),
    alert: makeAlert({
      table,
      channels: [inbox(emit)],
      threshold: policy.threshold,
      modes: async (problem) => modesOf(table, problem.workloads, policy.mode),
      now,
      report,
    }),
    'start-rollout': makeStartRollout({
      ...reads,
      policy: policy.planning,
      approvals: (workloads) => approvalsOf(table, workloads, now().toISOString()),
      holdDowns: async (workloads) =>
        (await Promise.all(workloads.map((id) => holdDownsOf(table, id, now().toISOString())))).flat(),
      emit,
      drive: async (rollout) => drive(rollout),
      report,
    }),
  };
  return Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => [
      name,
      async (event: QueueEvent) => {
        await policy.refresh();
        return handler(event);
      },
    ]),
  );
}
