import {
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  type ECSClient,
  ListClustersCommand,
  ListServiceDeploymentsCommand,
  ListServicesCommand,
  ListTaskDefinitionsCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  type Service,
  type ServiceDeployment,
  type ServiceRevision,
  type Tag,
  type Task,
  type TaskDefinition,
  UpdateServiceCommand,
  type UpdateServiceCommandInput,
} from '@aws-sdk/client-ecs';
import { Refused } from '../errors.ts';
import { fleetError } from './ecs-errors.ts';
import type { EcsOperation, Pacer } from './ecs-quotas.ts';

/** The part of the ECS client that is used. */
export type EcsSender = Pick<ECSClient, 'send'>;

const newestFirst = (
  a: { readonly createdAt?: Date | undefined },
  b: { readonly createdAt?: Date | undefined },
): number => (b.createdAt?.getTime() ?? 0) - (a.createdAt?.getTime() ?? 0);

/** The ECS operations that we need, each paced by its bucket, its pages walked, its errors translated. Batch sizes: aws.md 3.5. */
export class EcsCalls {
  readonly #client: EcsSender;
  readonly #pacer: Pacer;
  readonly #signal: AbortSignal | undefined;

  constructor(client: EcsSender, pacer: Pacer, signal?: AbortSignal) {
    this.#client = client;
    this.#pacer = pacer;
    this.#signal = signal;
  }

  /** The same calls, ended by a signal. */
  within(signal: AbortSignal | undefined): EcsCalls {
    return signal === undefined ? this : new EcsCalls(this.#client, this.#pacer, signal);
  }

  async #call<T>(
    operation: EcsOperation,
    about: string,
    send: (options: { abortSignal?: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    this.#signal?.throwIfAborted();
    await this.#pacer.pass(operation);
    try {
      return await send(this.#signal === undefined ? {} : { abortSignal: this.#signal });
    } catch (error) {
      throw fleetError(error, operation, about);
    }
  }

  async *#pages<P extends { nextToken?: string | undefined }>(
    page: (token: string | undefined) => Promise<P>,
  ): AsyncIterable<P> {
    let token: string | undefined;
    do {
      const found: P = await page(token);
      yield found;
      token = found.nextToken;
    } while (token !== undefined && token !== '');
  }

  async *clusters(): AsyncIterable<string> {
    const pages = this.#pages((nextToken) =>
      this.#call('ListClusters', 'the account', (options) =>
        this.#client.send(new ListClustersCommand({ maxResults: 100, nextToken }), options),
      ),
    );
    for await (const page of pages) yield* page.clusterArns ?? [];
  }

  async *services(cluster: string): AsyncIterable<string> {
    const pages = this.#pages((nextToken) =>
      this.#call('ListServices', `cluster ${cluster}`, (options) =>
        this.#client.send(new ListServicesCommand({ cluster, maxResults: 100, nextToken }), options),
      ),
    );
    for await (const page of pages) yield* page.serviceArns ?? [];
  }

  /** At most 10; those that are gone are left out. */
  async describeServices(cluster: string, services: readonly string[]): Promise<Service[]> {
    const about =
      services.length === 1 ? `service ${services[0]} of cluster ${cluster}` : `services of cluster ${cluster}`;
    const answer = await this.#call('DescribeServices', about, (options) =>
      this.#client.send(new DescribeServicesCommand({ cluster, services: [...services], include: ['TAGS'] }), options),
    );
    return answer.services ?? [];
  }

  /** Service revisions by ARN, 20 a call. */
  async revisions(arns: readonly string[]): Promise<ServiceRevision[]> {
    const found: ServiceRevision[] = [];
    for (let from = 0; from < arns.length; from += 20) {
      const answer = await this.#call('DescribeServiceRevisions', 'service revisions', (options) =>
        this.#client.send(
          new DescribeServiceRevisionsCommand({ serviceRevisionArns: arns.slice(from, from + 20) }),
          options,
        ),
      );
      found.push(...(answer.serviceRevisions ?? []));
    }
    return found;
  }

  /** Service deployments by ARN, 20 a call; empty where they may not be read: `deployments[]` must do then. */
  async deployments(arns: readonly string[]): Promise<ServiceDeployment[]> {
    const found: ServiceDeployment[] = [];
    for (let from = 0; from < arns.length; from += 20) {
      try {
        const answer = await this.#call('DescribeServiceDeployments', 'service deployments', (options) =>
          this.#client.send(
            new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: arns.slice(from, from + 20) }),
            options,
          ),
        );
        found.push(...(answer.serviceDeployments ?? []));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
      }
    }
    return found;
  }

  /** The newest service deployment; undefined when there is none or they may not be read. */
  async newestDeployment(cluster: string, service: string): Promise<ServiceDeployment | undefined> {
    try {
      const listed = await this.#call('ListServiceDeployments', `service ${service} of cluster ${cluster}`, (options) =>
        this.#client.send(new ListServiceDeploymentsCommand({ cluster, service, maxResults: 10 }), options),
      );
      const newest = [...(listed.serviceDeployments ?? [])].sort(newestFirst)[0]?.serviceDeploymentArn;
      return newest === undefined ? undefined : (await this.deployments([newest]))[0];
    } catch (error) {
      if (error instanceof Refused) return undefined;
      throw error;
    }
  }

  async *tasks(cluster: string, service?: string): AsyncIterable<string> {
    const pages = this.#pages((nextToken) =>
      this.#call('ListTasks', `cluster ${cluster}`, (options) =>
        this.#client.send(
          new ListTasksCommand({
            cluster,
            maxResults: 100,
            nextToken,
            ...(service === undefined ? {} : { serviceName: service }),
          }),
          options,
        ),
      ),
    );
    for await (const page of pages) yield* page.taskArns ?? [];
  }

  /** At most 100. */
  async describeTasks(cluster: string, tasks: readonly string[]): Promise<Task[]> {
    const answer = await this.#call('DescribeTasks', `tasks of cluster ${cluster}`, (options) =>
      this.#client.send(new DescribeTasksCommand({ cluster, tasks: [...tasks], include: ['TAGS'] }), options),
    );
    return answer.tasks ?? [];
  }

  async definition(arn: string): Promise<{ readonly definition: TaskDefinition; readonly tags: readonly Tag[] }> {
    const answer = await this.#call('DescribeTaskDefinition', `task definition ${arn}`, (options) =>
      this.#client.send(new DescribeTaskDefinitionCommand({ taskDefinition: arn, include: ['TAGS'] }), options),
    );
    return { definition: answer.taskDefinition ?? {}, tags: answer.tags ?? [] };
  }

  /** ACTIVE revisions of exactly this family, newest first. */
  async *activeRevisions(family: string): AsyncIterable<string> {
    const pages = this.#pages((nextToken) =>
      this.#call('ListTaskDefinitions', `task definition family ${family}`, (options) =>
        this.#client.send(
          new ListTaskDefinitionsCommand({
            familyPrefix: family,
            status: 'ACTIVE',
            sort: 'DESC',
            maxResults: 10,
            nextToken,
          }),
          options,
        ),
      ),
    );
    for await (const page of pages)
      for (const arn of page.taskDefinitionArns ?? []) if (familyOf(arn) === family) yield arn;
  }

  async register(input: RegisterTaskDefinitionCommandInput): Promise<string> {
    const answer = await this.#call('RegisterTaskDefinition', `task definition family ${input.family}`, (options) =>
      this.#client.send(new RegisterTaskDefinitionCommand(input), options),
    );
    return answer.taskDefinition?.taskDefinitionArn ?? '';
  }

  async update(input: UpdateServiceCommandInput): Promise<Service> {
    const answer = await this.#call(
      'UpdateService',
      `service ${input.service} of cluster ${input.cluster}`,
      (options) => this.#client.send(new UpdateServiceCommand(input), options),
    );
    return answer.service ?? {};
  }
}

/** The family in a task definition's ARN. */
export const familyOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1).replace(/:\d+$/, '');

/** The revision number in a task definition's ARN; 0 when there is none. */
export const revisionOf = (arn: string): number => Number(/:(\d+)$/.exec(arn)?.[1] ?? 0);
