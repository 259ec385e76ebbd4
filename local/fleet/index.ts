import type { AddressInfo } from 'node:net';
import { type FleetClock, realClock } from './clock.ts';
import { clusterOperations } from './clusters.ts';
import { Engine } from './engine.ts';
import { FleetError } from './errors.ts';
import type { EcsEvent } from './events.ts';
import { ecsServer } from './http.ts';
import { Names } from './names.ts';
import type { Operation } from './operation.ts';
import type { ImageResolver } from './pulls.ts';
import { deploymentOperations } from './service-deployments.ts';
import { serviceOperations } from './services.ts';
import { Snapshot } from './snapshot.ts';
import { tagOperations } from './tag-operations.ts';
import { definitionOperations } from './task-definitions.ts';
import { taskOperations } from './task-operations.ts';
import { Throttle } from './throttle.ts';

export type { FleetClock } from './clock.ts';
export { realClock } from './clock.ts';
export type { EcsEvent } from './events.ts';
export type { ImageResolver } from './pulls.ts';
export type { RegistryResolverOptions } from './registry-resolver.ts';
export { CannotPullContainerError, registryResolver } from './registry-resolver.ts';
export { FleetFolderError } from './snapshot.ts';

export interface FleetOptions {
  /** where the fleet survives its process; made when it is not there */
  readonly folder: string;
  /** a loopback address; default 127.0.0.1 */
  readonly host?: string;
  /** default 0: any free one */
  readonly port?: number;
  /** default `local` */
  readonly region?: string;
  /** default `000000000000` */
  readonly account?: string;
  readonly resolve: ImageResolver;
  /** gets every event right after the change that it tells of is on disk; must not throw */
  readonly onEvent?: (event: EcsEvent) => void;
  readonly clock?: FleetClock;
  /** usual time from a task's creation to RUNNING, its pull not counted; default 400 ms. All other waits are shares of it. */
  readonly taskStartMs?: number;
  /** answer ThrottlingException at ECS's published rates; default false */
  readonly throttle?: boolean;
}

export interface Fleet {
  /** what `endpoint` of an ECS client is set to */
  readonly url: string;
  /** Resolves when no task is pulling: with a clock moved by hand, nothing happens any more until it is moved. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

const OPERATIONS = new Map<string, Operation>(
  [
    clusterOperations,
    definitionOperations,
    serviceOperations,
    deploymentOperations,
    taskOperations,
    tagOperations,
  ].flatMap((operations) => Object.entries(operations)),
);

/**
 * Starts a fleet that speaks the ECS API on loopback and goes on from what `folder` holds. Throws FleetFolderError on a
 * folder that it cannot read, RangeError on a host that is not loopback.
 */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const host = options.host ?? '127.0.0.1';
  if (!/^(?:127(?:\.\d{1,3}){3}|::1|localhost)$/.test(host)) {
    throw new RangeError(`The fleet listens on loopback only, not on ${host}.`);
  }
  const clock = options.clock ?? realClock;
  const engine = new Engine({
    snapshot: new Snapshot(options.folder),
    names: new Names(options.account ?? '000000000000', options.region ?? 'local'),
    clock,
    taskStartMs: options.taskStartMs ?? 400,
    resolver: options.resolve,
    onEvent: options.onEvent ?? (() => undefined),
  });
  const throttle = options.throttle === true ? new Throttle() : undefined;
  const server = ecsServer((name, input) => {
    const operation = OPERATIONS.get(name);
    if (operation === undefined) {
      throw new FleetError('UnknownOperationException', `The embedded fleet does not know ${name}.`);
    }
    if (throttle?.take(operation.bucket, clock.now().getTime()) === false) {
      throw new FleetError('ThrottlingException', 'Rate exceeded');
    }
    return engine.commit((tx) => operation.run(tx, input));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  engine.start();
  const { address, port } = server.address() as AddressInfo;
  return {
    url: `http://${address.includes(':') ? `[${address}]` : address}:${port}`,
    settled: () => engine.settled(),
    close: async () => {
      engine.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}
