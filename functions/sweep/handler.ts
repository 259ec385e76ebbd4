import { type SweepPorts, sweep } from '#shared/findings';
import type { Emit } from '../emit.ts';
import { makeQueueHandler, type QueueEvent, type QueueResult, type RecordFailure } from '../queue.ts';

/** What sweep needs from outside. */
export interface SweepFunctionPorts extends Omit<SweepPorts, 'want'> {
  readonly emit: Emit;
  readonly report: (failure: RecordFailure) => void;
}

/** Nightly, and once at deployment: asks for every image that was missed, running ones first, within the day's budget. */
export function makeSweep(ports: SweepFunctionPorts): (event: QueueEvent) => Promise<QueueResult> {
  return makeQueueHandler(async () => {
    const report = await sweep({
      ...ports,
      want: ({ image, turn, why }) =>
        ports.emit('ImageWanted', {
          registry: image.registry,
          repository: image.repository,
          digest: image.digest,
          ...(image.tags[0] === undefined ? {} : { tag: image.tags[0] }),
          lane: turn === 0 ? 'interactive' : 'backlog',
          why,
        }),
    });
    await ports.emit('SweepDone', report);
  }, ports.report);
}
