import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import {
  type EcsEvent,
  type Fleet,
  type FleetClock,
  type FleetOptions,
  type ImageResolver,
  startFleet,
} from '#local/fleet/index';

/** A clock that only moves when it is told to. */
export class ManualClock implements FleetClock {
  #now = Date.UTC(2026, 10, 23, 8, 0, 0);
  #timers: { at: number; fn: () => void }[] = [];

  now(): Date {
    return new Date(this.#now);
  }

  setTimer(ms: number, fn: () => void): () => void {
    const timer = { at: this.#now + ms, fn };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Moves to the next timer at or before `until`; false when there is none and the clock stands at `until`. */
  next(until: number): boolean {
    this.#timers.sort((a, b) => a.at - b.at);
    const timer = this.#timers[0];
    if (timer === undefined || timer.at > until) {
      this.#now = Math.max(this.#now, until);
      return false;
    }
    this.#timers.shift();
    this.#now = Math.max(this.#now, timer.at);
    timer.fn();
    return true;
  }
}

/** A registry in memory: what a tag points to, which digests are gone, which end when they are started. */
export class FakeRegistry implements ImageResolver {
  readonly tags = new Map<string, string>();
  readonly gone = new Set<string>();
  readonly exiting = new Set<string>();
  readonly pulls: string[] = [];
  /** when set, pulls wait for it */
  gate: Promise<void> | undefined;

  async resolve(image: string): Promise<{ digest: string }> {
    const digest = this.tags.get(image);
    if (digest === undefined) throw new Error(`${image}: not found`);
    return { digest };
  }

  async pull(image: string, digest: string): Promise<{ exits: boolean }> {
    if (this.gate !== undefined) await this.gate;
    this.pulls.push(`${image} ${digest}`);
    if (this.gone.has(digest)) throw new Error(`${image}@${digest}: not found`);
    return { exits: this.exiting.has(digest) };
  }
}

export function digest(letter: string): string {
  return `sha256:${letter.repeat(64)}`;
}

export const WEB = 'localhost:5000/web:1';

/** A fleet with a clock and a registry of its own, and the real client in front of it. */
export class Bench {
  readonly clock = new ManualClock();
  readonly registry = new FakeRegistry();
  readonly events: EcsEvent[] = [];
  readonly folder: string;
  readonly #options: Partial<FleetOptions>;
  #fleet: Fleet | undefined;
  #client: ECSClient | undefined;

  constructor(options: Partial<FleetOptions> = {}) {
    this.folder = options.folder ?? mkdtempSync(path.join(tmpdir(), 'drydock-fleet-'));
    this.#options = options;
  }

  get fleet(): Fleet {
    if (this.#fleet === undefined) throw new Error('the bench is not started');
    return this.#fleet;
  }

  get ecs(): ECSClient {
    if (this.#client === undefined) throw new Error('the bench is not started');
    return this.#client;
  }

  async start(): Promise<this> {
    this.#fleet = await startFleet({
      folder: this.folder,
      resolve: this.registry,
      clock: this.clock,
      onEvent: (event) => this.events.push(event),
      ...this.#options,
    });
    this.#client = new ECSClient({
      endpoint: this.#fleet.url,
      region: 'local',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
    });
    return this;
  }

  async stop(): Promise<void> {
    this.#client?.destroy();
    await this.#fleet?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The process is gone and another one takes the folder up. */
  async restart(): Promise<void> {
    this.#client?.destroy();
    await this.#fleet?.close();
    await this.start();
  }

  /** Lets time pass, every timer in its turn, with the pulls between. */
  async pass(ms: number, each: () => void = () => undefined): Promise<void> {
    const until = this.clock.now().getTime() + ms;
    await this.fleet.settled();
    while (this.clock.next(until)) {
      each();
      await this.fleet.settled();
      each();
    }
  }

  async cluster(): Promise<void> {
    await this.ecs.send(new CreateClusterCommand({ clusterName: 'default' }));
  }

  /** Registers a one-container definition and answers its ARN. */
  async register(family = 'web', image = WEB): Promise<string> {
    const { taskDefinition } = await this.ecs.send(
      new RegisterTaskDefinitionCommand({ family, containerDefinitions: [{ name: 'app', image, memory: 64 }] }),
    );
    return taskDefinition!.taskDefinitionArn!;
  }

  /** A cluster, a definition on WEB at digest a, and a service on it that is steady. */
  async service(more: Partial<CreateServiceCommandInput> = {}): Promise<string> {
    await this.cluster();
    if (!this.registry.tags.has(WEB)) this.registry.tags.set(WEB, digest('a'));
    const taskDefinition = await this.register();
    await this.ecs.send(new CreateServiceCommand({ serviceName: 'web', taskDefinition, desiredCount: 2, ...more }));
    await this.pass(5_000);
    return taskDefinition;
  }

  async describe(name = 'web') {
    const { services } = await this.ecs.send(new DescribeServicesCommand({ services: [name], include: ['TAGS'] }));
    return services![0]!;
  }

  async rollout(arn: string) {
    const { serviceDeployments } = await this.ecs.send(
      new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [arn] }),
    );
    return serviceDeployments![0]!;
  }

  async revision(arn: string) {
    const { serviceRevisions } = await this.ecs.send(
      new DescribeServiceRevisionsCommand({ serviceRevisionArns: [arn] }),
    );
    return serviceRevisions![0]!;
  }

  async tasks(desiredStatus: 'RUNNING' | 'STOPPED' = 'RUNNING') {
    const { taskArns } = await this.ecs.send(new ListTasksCommand({ serviceName: 'web', desiredStatus }));
    if (taskArns!.length === 0) return [];
    const { tasks } = await this.ecs.send(new DescribeTasksCommand({ tasks: taskArns! }));
    return tasks!;
  }

  async runningDigests(): Promise<(string | undefined)[]> {
    const tasks = await this.tasks();
    return tasks.filter((task) => task.lastStatus === 'RUNNING').map((task) => task.containers![0]!.imageDigest);
  }

  eventNames(type: EcsEvent['detail-type']): unknown[] {
    return this.events.filter((event) => event['detail-type'] === type).map((event) => event.detail.eventName);
  }
}
