import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';

// Loaded first into a stack's process by the kill tests. Every step of a rollout ends in a request to the embedded ECS or database, so "die at the n-th such
// request after the approval" reaches each place between two of them, and always the same one. SIGKILL to itself: nothing runs after it.

/**
 * `start:UpdateService:1`: when the first such request arrives, before anything is done; `finish:…`: it is done, and its sender has not heard. `any` counts all.
 * `finish:RegisterTaskDefinition:1+3`: three requests of any kind later.
 */
const [moment, operation, place = ''] = (process.env.DRYDOCK_TEST_DIE_AT ?? '').split(':');
const [count, more = '0'] = place.split('+');

let armed = false;
let left = Number(count);
let later = Number(more);

const at = (request: IncomingMessage): void => {
  const target = String(request.headers['x-amz-target'] ?? '');
  if (!armed || target === '') return;
  if (left > 0 && (operation === 'any' || target.endsWith(`.${operation}`))) left -= 1;
  else if (left === 0) later -= 1;
  if (left === 0 && later <= 0) process.kill(process.pid, 'SIGKILL');
};

subscribe('http.server.request.start', (message) => {
  const { request } = message as { readonly request: IncomingMessage };
  if (request.method === 'POST' && /^\/api\/plans\/[^/]+\/approve$/.test(request.url ?? '')) armed = true;
  if (moment === 'start') at(request);
});

subscribe('http.server.response.finish', (message) => {
  if (moment === 'finish') at((message as { readonly request: IncomingMessage }).request);
});
