import type { Agent, ClientRequestArgs } from 'node:http';
import type { AgentOptions, Agent as SecureAgent } from 'node:https';
import type { OnReadOpts } from 'node:net';
import type { Duplex } from 'node:stream';

// for the same reason as in http.ts
const http = process.getBuiltinModule('node:http');
const https = process.getBuiltinModule('node:https');

/** what one read of a connection may bring; much larger than this no longer lies in the processor's cache when it is copied */
const readBytes = 1 << 18;

/**
 * Agents whose connections read into one piece of memory each, again and again (net's `onread`). Node's own make new memory for every 64 KiB, which costs more than
 * the reading: half of the CPU that a large body takes. A connection through a proxy is as Node makes it.
 */
export function steadyAgents(options: AgentOptions): { readonly http: Agent; readonly https: SecureAgent } {
  return { http: new SteadyAgent(options), https: new SteadySecureAgent(options) };
}

class SteadyAgent extends http.Agent {
  override createConnection(options: ClientRequestArgs, callback?: OnCreated): Duplex | null | undefined {
    return steady((onread) => super.createConnection(Object.assign({ onread }, options), callback));
  }
}

class SteadySecureAgent extends https.Agent {
  override createConnection(options: ClientRequestArgs, callback?: OnCreated): Duplex | null | undefined {
    return steady((onread) => super.createConnection(Object.assign({ onread }, options), callback));
  }
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
