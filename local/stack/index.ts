import { randomBytes, randomUUID } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ECSClient } from '@aws-sdk/client-ecs';
import { makeApi } from '#functions/api';
import { advisoryBook } from '#shared/advisories';
import { type BusEvent, routes } from '#shared/events';
import { savePolicy } from '#shared/policy';
import { defaultLimits, heartbeats, readingProof } from '#shared/remedy';
import { folderBlobs } from '#shared/store';
import { remedyDesk } from '../../functions/api/remedy-desk.ts';
import { makeEmit } from '../../functions/emit.ts';
import { touchAll } from '../../functions/news.ts';
import { policyPorts } from '../../functions/policy-ports.ts';
import type { RecordFailure } from '../../functions/queue.ts';
import { tellAdvisories } from '../../functions/refresh-advisories/tell.ts';
import { makeDriver } from '../../functions/remediate/driver.ts';
import { ecsOrchestrator } from '../../shared/fleet/adapters/ecs.ts';
import { type Bus, createBus } from '../bus/index.ts';
import { startDatabase } from '../database.ts';
import { registryResolver, startFleet } from '../fleet/index.ts';
import { localBalancers } from '../fleet/load-balancers.ts';
import { startPageHost } from '../page-host.ts';
import { startRegistry } from '../registry/index.ts';
import { advisorySource, takeStarterAdvisories } from './advisories.ts';
import { catalogueSources } from './catalogues.ts';
import {
  type Endpoints,
  prepareFolder,
  readPorts,
  removeEndpoints,
  writeEndpoints,
  writePorts,
} from './data-folder.ts';
import { driverLoop } from './driver-loop.ts';
import { ecrPush } from './ecr-event.ts';
import { stackHandlers } from './handlers.ts';
import type { StackOptions } from './options.ts';

/** A running embedded stack: the same functions as in AWS, on loopback. */
export interface Stack {
  readonly endpoints: Endpoints;
  readonly bus: Bus;
  readonly ecs: ECSClient;
  /** host:port that image names begin with */
  readonly registry: string;
  /** true when the data folder was empty: nothing was ever pushed here */
  readonly isNew: boolean;
  readonly savePolicy: (text: string) => Promise<void>;
  close(): Promise<void>;
}

const account = '000000000000';
const region = 'local';
const starter = fileURLToPath(new URL('../starter/', import.meta.url));
const web = fileURLToPath(new URL('../../web/', import.meta.url));

/** What the stack tells of itself besides events: troubles, for the terminal. */
export type Say = (text: string) => void;

/**
 * Starts everything in an order in which nothing is asked before it answers, and writes endpoints.json when all of it does. What an earlier
 * stack left undone in the folder (queued events, rollouts) goes on. Throws DataFolderError and what the parts throw.
 */
export async function startStack(options: StackOptions, say: Say): Promise<Stack> {
  const { isNew } = await prepareFolder(options.folder, options.fresh);
  const ports = await readPorts(options.folder);
  const inFolder = (name: string) => path.join(options.folder, name);
  const now = () => new Date();
  const database = await startDatabase({ folder: inFolder('database'), port: ports?.dynamodb ?? 0 });
  const { table } = database;
  const blobs = folderBlobs(inFolder('blobs'));
  const book = advisoryBook({ table, blobs }, { maxAge: 1_000 });
  const token = randomBytes(24).toString('base64url');
  // the bus comes up last: until then, what the registry and the fleet say is kept here
  const early: BusEvent[] = [];
  const late: { bus?: Bus } = {};
  const put = async (event: BusEvent): Promise<void> => {
    if (late.bus === undefined) early.push(event);
    else await late.bus.put(event);
  };
  let closing = false;
  const trouble = (error: unknown) => closing || say(error instanceof Error ? error.message : String(error));
  const hint = (event: BusEvent) => void (closing || put(event).catch(trouble));

  const registry = await startRegistry({
    folder: inFolder('registry'),
    port: ports?.registry ?? 0,
    allowedHosts: ['host.docker.internal'],
    onPush: (push) => hint(ecrPush(push, { account, region, id: randomUUID() })),
  });
  const fleet = await startFleet({
    folder: inFolder('fleet'),
    port: ports?.ecs ?? 0,
    region,
    account,
    resolve: registryResolver(),
    onEvent: hint,
  });
  const ecs = new ECSClient({
    endpoint: fleet.url,
    region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const orchestrator = ecsOrchestrator({ client: ecs, account, region, now: Date.now, balancers: localBalancers });
  const policy = policyPorts(table, registry.host);
  await policy.refresh();
  const emit = makeEmit({ table, put, now, id: randomUUID, account, region });
  const report = (failure: RecordFailure) => trouble(failure.error);
  const reads = { table, blobs, book, now };

  const driver = makeDriver({
    table,
    orchestrator,
    proof: readingProof(reads),
    now,
    driver: 'npm start',
    limits: async () => ({
      ...defaultLimits,
      pollMs: 1_000,
      settleMs: 2_000,
      claimMs: 10_000,
      bakeMs: await policy.bakeMs(),
    }),
    emit,
  });
  const drivers = driverLoop({ pass: driver, trouble, now: Date.now });

  const source = options.offline ? undefined : advisorySource(options.advisories, inFolder('advisories'), say);
  const handlers = stackHandlers({
    ...reads,
    registry: registry.host,
    orchestrator,
    policy,
    advisories: {
      ...(source === undefined ? {} : { source }),
      ...catalogueSources(options, inFolder('advisories')),
    },
    drive: (rollout) => drivers.drive(rollout),
    emit,
    report,
  });

  const begun = await takeStarterAdvisories(
    { table, blobs, now },
    options.starter ?? starter,
    (await book.manifest({ fresh: true })).shards,
  );
  if (begun.brokenCount > 0)
    say(
      `starter advisories: ${begun.brokenCount} records are left out: ${begun.broken
        .slice(0, 3)
        .map((record) => `${record.id}: ${record.text}`)
        .join('; ')}`,
    );
  const bus = await createBus({
    routes,
    handlers,
    folder: inFolder('bus'),
    // one at a time: what two would do at once to one alert or workload is right, but told twice
    queues: {
      alert: { concurrency: 1 },
      'map-workloads': { concurrency: 1 },
      'start-rollout': { concurrency: 1, batchSize: 10 },
    },
    account,
    region,
    trouble: (each) => closing || say(`${each.queue}: ${each.error} (${each.kind}, delivery ${each.receives})`),
  });
  late.bus = bus;
  bus.subscribe((event) => {
    if (event.source === 'aws.ecs') drivers.nudge();
  });
  for (const event of early.splice(0)) await bus.put(event);
  await tellAdvisories({ table, blobs, now }, emit);
  for await (const { rollout } of heartbeats(table)) drivers.drive(rollout);

  const api = makeApi({
    ...reads,
    bases: async () => {
      await policy.refresh();
      return (await policy.planning()).bases;
    },
    policyChanged: () => touchAll(table, emit, now),
    remedy: remedyDesk({ table, emit, now }),
  });
  const page = await startPageHost({
    api,
    folder: web,
    token,
    principal: 'you, by the token of npm start',
    port: ports?.page ?? 0,
  });
  const portOf = (url: string) => Number(new URL(url).port);
  await writePorts(options.folder, {
    registry: portOf(registry.url),
    dynamodb: portOf(database.url),
    ecs: portOf(fleet.url),
    page: portOf(page.url),
  });
  const endpoints: Endpoints = {
    registry: registry.url,
    dynamodb: database.url,
    ecs: fleet.url,
    api: `${page.url}/api`,
    page: page.url,
    token,
    pid: process.pid,
  };
  await writeEndpoints(options.folder, endpoints);

  return {
    endpoints,
    bus,
    ecs,
    registry: registry.host,
    isNew,
    async savePolicy(text) {
      const saved = await savePolicy(table, text, { by: 'the demonstration', now: now() });
      if (!saved.saved) throw new Error(saved.errors.map((each) => `line ${each.line}: ${each.text}`).join('; '));
    },
    async close() {
      closing = true;
      await removeEndpoints(options.folder);
      await drivers.close();
      await bus.close();
      await page.close();
      ecs.destroy();
      await fleet.close();
      await registry.close();
      await database.close();
    },
  };
}
