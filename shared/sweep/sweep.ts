import { keys } from '#shared/store';
import { unreadRunning } from './read-running.ts';
import { endRun, noCounts, readRun, type Stage, type SweepCounts, type SweepRun, stages } from './run.ts';
import { Overtaken, type SweepPorts, Turn } from './turn.ts';
import { readTheRest, visitRepositories } from './visit-repositories.ts';
import { walkBlobs, walkRows } from './walk-store.ts';

/** What a finished sweep came to, as `drydock status` and the baseline report tell it. */
export interface SweepReport extends SweepCounts {
  /** whether what is forgettable is forgotten, as policy says */
  readonly forgets: boolean;
  /** since when sweeps of this day have found nothing that runs unread, ISO */
  readonly quietSince?: string;
  /** when the whole fleet was last read, ISO; undefined: never yet, so nobody knows what runs */
  readonly fleetReadAt?: string;
  readonly began: string;
  /** when it ended, ISO */
  readonly at: string;
  readonly turns: number;
}

/** What became of a turn: nothing to do; another one is at it; there is more to do; or the sweep is over. */
export type SweepTurn =
  | { readonly state: 'idle' | 'busy' }
  | { readonly state: 'unfinished'; readonly run: SweepRun }
  | { readonly state: 'done'; readonly report: SweepReport };

/** A sweep that has not ended after so long is given up for a new one, which begins with what people wait for. */
const givenUpMs = 20 * 60 * 60_000;

/**
 * Does one turn of the sweep that is under way, or of a new one when `begin` is set: compares the registry, and what runs, with the store and asks for what is
 * missing (part of correctness, because pushes are told at best effort), then forgets what policy lets go, and takes away what cut writers left. Whatever is
 * done is safe to be done twice and to be cut anywhere: the next turn goes on behind the last note.
 */
export async function sweepTurn(ports: SweepPorts, { begin }: { readonly begin: boolean }): Promise<SweepTurn> {
  const now = ports.now();
  const known = await readRun(ports.table);
  if (known === undefined && !begin) return { state: 'idle' };
  if (known !== undefined && known.until > now.toISOString()) return { state: 'busy' };
  const givenUp = known !== undefined && begin && now.getTime() - Date.parse(known.began) > givenUpMs;
  const fresh = { began: now.toISOString(), stage: 'running' as const, turns: 0, counts: noCounts };
  const turn = await Turn.take(ports, known === undefined || givenUp ? fresh : known, known, now);
  if (turn === undefined) return { state: 'busy' };
  try {
    for (const stage of stages.slice(stages.indexOf(turn.run.stage))) {
      if (stage !== turn.run.stage) await turn.begin(stage);
      if (!turn.isOver && (await work[stage](turn))) continue;
      await turn.leave();
      return { state: 'unfinished', run: turn.run };
    }
    await turn.leave();
    return { state: 'done', report: await finish(turn) };
  } catch (error) {
    if (error instanceof Overtaken) return { state: 'busy' };
    // whoever is given the message again must not wait for us
    await turn.leave().catch(() => undefined);
    throw error;
  }
}

const work: Readonly<Record<Stage, (turn: Turn) => Promise<boolean>>> = {
  running: readRunning,
  repositories: visitRepositories,
  rest: readTheRest,
  rows: walkRows,
  blobs: walkBlobs,
};

/** Asks for what runs and was not read, whatever it weighs. */
async function readRunning(turn: Turn): Promise<boolean> {
  const running = await turn.running();
  const unread = await unreadRunning(turn.ports, running, await turn.known(), turn.run.began);
  for (const image of unread) await turn.want({ image, turn: 0, why: 'it runs' });
  turn.count({ workloads: running.workloads, unreadRunning: unread.length });
  return true;
}

/** Keeps the report, then ends the run: cut in between, the next turn finds nothing left to do and says the same. */
async function finish({ ports, run }: Turn): Promise<SweepReport> {
  const at = ports.now().toISOString();
  const day = keys.sweep(at.slice(0, 10));
  const before = await ports.table.get(day, { consistent: true });
  const fleetReadAt = (await ports.table.get(keys.fleetRead(), { consistent: true }))?.readAt;
  const { counts, began, turns } = run;
  const quietSince = typeof before?.quietSince === 'string' ? before.quietSince : at;
  const report: SweepReport = {
    ...counts,
    forgets: (await ports.policy()).forget,
    ...(counts.unreadRunning > 0 ? {} : { quietSince }),
    ...(typeof fleetReadAt === 'string' ? { fleetReadAt } : {}),
    began,
    at,
    turns,
  };
  await ports.table.put({ ...day, ...report, bytes: Number(before?.bytes ?? 0) });
  await ports.table.put({ ...keys.sweepDone(), report });
  await endRun(ports.table, run);
  return report;
}
