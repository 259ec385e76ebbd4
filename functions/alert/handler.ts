import { type RepairNews, type TellPorts, tellBaseline, tellProblem } from '#shared/alerts';
import { type BusEvent, baselineDone, planMade, problemChanged, rolloutNews } from '#shared/events';
import type { ProblemKey } from '#shared/findings';
import { isFinal, makeQueueHandler, type QueueEvent, type QueueResult, type RecordFailure } from '../queue.ts';

/** What alert needs from outside. */
export interface AlertPorts extends TellPorts {
  readonly report: (failure: RecordFailure) => void;
}

/** One alert per problem, updated in place: by the problem's own changes and by the news of its repair. */
export function makeAlert(ports: AlertPorts): (event: QueueEvent) => Promise<QueueResult> {
  return makeQueueHandler((event) => handle(ports, event), ports.report);
}

async function handle(ports: AlertPorts, event: BusEvent): Promise<void> {
  if (event['detail-type'] === 'ProblemChanged') {
    const { key, transitions } = problemChanged.parse(event.detail);
    await tellProblem(ports, key, transitions);
  } else if (event['detail-type'] === 'BaselineDone') {
    await tellBaseline(ports, baselineDone.parse(event.detail));
  } else if (event['detail-type'] === 'PlanMade') {
    const { plan, problems, text, approvable } = planMade.parse(event.detail);
    await tellAll(ports, problems, { state: 'PLANNED', id: plan, text, approvable, at: event.time });
  } else {
    const { rollout, problems, state, text } = rolloutNews.parse(event.detail);
    await tellAll(ports, problems, { state, id: rollout, text, approvable: false, at: event.time });
  }
}

/** The news of one repair to each of its problems; one that cannot be told keeps none of the others. */
async function tellAll(ports: AlertPorts, problems: readonly ProblemKey[], repair: RepairNews): Promise<void> {
  const errors: unknown[] = [];
  for (const key of problems) await tellProblem(ports, key, [], repair).catch((error: unknown) => errors.push(error));
  if (errors.length > 0) throw errors.find((error) => !isFinal(error)) ?? errors[0];
}
