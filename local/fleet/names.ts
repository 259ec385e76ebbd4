import { randomBytes, randomUUID } from 'node:crypto';

/** Makes the ARNs and ids of a fleet in the forms that AWS uses; the only source of chance in the fleet's decisions. */
export class Names {
  readonly account: string;
  readonly region: string;
  readonly #random: (bytes: number) => Buffer;

  constructor(account: string, region: string, random: (bytes: number) => Buffer = randomBytes) {
    this.account = account;
    this.region = region;
    this.#random = random;
  }

  arn(resource: string): string {
    return `arn:aws:ecs:${this.region}:${this.account}:${resource}`;
  }

  cluster(name: string): string {
    return this.arn(`cluster/${name}`);
  }

  service(cluster: string, name: string): string {
    return this.arn(`service/${cluster}/${name}`);
  }

  definition(family: string, revision: number): string {
    return this.arn(`task-definition/${family}:${revision}`);
  }

  task(cluster: string): { readonly id: string; readonly arn: string } {
    const id = this.#random(16).toString('hex');
    return { id, arn: this.arn(`task/${cluster}/${id}`) };
  }

  container(cluster: string, task: string): string {
    return this.arn(`container/${cluster}/${task}/${randomUUID()}`);
  }

  runtimeId(task: string): string {
    return `${task}-${String(this.#random(4).readUInt32BE(0)).padStart(10, '0')}`;
  }

  /** The number of a deployment, which its service revision carries too: 19 digits, never with a leading zero. */
  deploymentNumber(): string {
    return String(1_000_000_000_000_000_000n + (this.#random(8).readBigUInt64BE(0) % 8_000_000_000_000_000_000n));
  }

  revision(cluster: string, service: string, number: string): string {
    return this.arn(`service-revision/${cluster}/${service}/${number}`);
  }

  rollout(cluster: string, service: string): string {
    return this.arn(`service-deployment/${cluster}/${service}/${this.#random(15).toString('base64url')}`);
  }

  eventId(): string {
    return randomUUID();
  }
}

/** The part of an ARN after the account, or the text itself when it is no ARN: `service/default/web`. */
export function resourcePart(arnOrName: string): string {
  return arnOrName.startsWith('arn:') ? arnOrName.split(':').slice(5).join(':') : arnOrName;
}

/** The last path segment of an ARN or name. */
export function shortName(arnOrName: string): string {
  const resource = resourcePart(arnOrName);
  return resource.slice(resource.lastIndexOf('/') + 1);
}
