import { type TellPorts, tellBaseline, tellProblem } from '#shared/alerts';
import { type BusEvent, baselineDone, planMade, problemChanged, rolloutNews } from '#shared/events';
import { makeQueueHandler, type QueueEvent, type QueueResult, type RecordFailure } from '../queue.ts';

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
    const plan = planMade.parse(event.detail);
    for (const key of plan.problems)
      await tellProblem(ports, key, [], {
        state: 'PLANNED',
        id: plan.plan,
        text: plan.text,
        approvable: plan.approvable,
      });
  } else {
    const news = rolloutNews.parse(event.detail);
    for (const key of news.problems)
      await tellProblem(ports, key, [], { state: news.state, id: news.rollout, text: news.text, approvable: false });
  }
}
