import type { Agent, ClientRequestArgs } from 'node:http';
import type { AgentOptions, Agent as SecureAgent } from 'node:https';
import type { OnReadOpts } from 'node:net';
import type { Duplex } from 'node:stream';
import { http, https } from './http-modules.ts';

/** what one read of a connection may bring; much larger than this no longer lies in the processor's cache when it is copied */
const readBytes = 1 << 18;

/**
 * Agents whose connections read into one piece of memory each, again and again (net's `onread`). Node's own make new memory for every 64 KiB, which costs more than
 * the reading: half of the CPU that a large body takes. A connection through a proxy is as Node makes it.
 */
export function steadyAgents(options: AgentOptions): { readonly http: Agent; readonly https: SecureAgent } {
  return { http: steadily(new (http().Agent)(options)), https: steadily(new (https().Agent)(options)) };
}

function steadily<A extends Agent>(agent: A): A {
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options: ClientRequestArgs, callback?: OnCreated) =>
    steady((onread) => connect(Object.assign({ onread }, options), callback));
  return agent;
}

type OnCreated = (error: Error | null, stream: Duplex) => void;

function steady(connect: (onread: OnReadOpts) => Duplex | null | undefined): Duplex | null | undefined {
  const buffer = Buffer.allocUnsafeSlow(readBytes);
  const socket = connect({
    buffer,
    callback(bytes) {
      // the parser of node:http listens for this, and has copied all that it keeps when it returns
      socket?.emit('data', buffer.subarray(0, bytes));
      return true;
    },
  });
  return socket;
}
