// What the page knows: read from the api again and again, kept when the stack does not answer, and said to be old then.

import { visibleData } from './plain.js';
import { useEffect, useState } from './preact.js';

const parts = ['overview', 'plans', 'rollouts', 'problems', 'workloads', 'images', 'unreadable', 'alerts', 'timeline'];
const pauseMs = 2_000;
const hiddenPauseMs = 15_000;
const patienceMs = 15_000;

/** The token that acting needs comes in the fragment of the address, which is not sent anywhere; it is kept for this tab only. */
function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given) {
    sessionStorage.setItem('drydock-token', given);
    history.replaceState(null, '', location.pathname + location.search);
  }
  return sessionStorage.getItem('drydock-token') ?? '';
}

const token = takeToken();

/** Whether this tab may act: it was opened by the address with the token. */
export const canAct = token !== '';

class AnswerError extends Error {}

async function get(path) {
  // "drydock open" answers nothing without the token: it reads with its user's credentials
  const headers = canAct ? { authorization: `Bearer ${token}` } : {};
  const response = await fetch(`/api${path}`, { headers, signal: AbortSignal.timeout(patienceMs) });
  const body = await response.json().catch(() => undefined);
  if (!response.ok || body === undefined) throw new AnswerError(body?.error ?? `HTTP ${response.status}`);
  return body;
}

/** far more than a fleet of tens of thousands of services has */
const mostPages = 10_000;

/** The pages of what is answered in pages, one after the other. */
async function* pagesOf(path, query = {}) {
  let after;
  for (let read = 0; read < mostPages; read += 1) {
    const asked = new URLSearchParams({ ...query, ...(after === undefined ? {} : { after }) }).toString();
    const page = await get(asked === '' ? path : `${path}?${asked}`);
    yield page;
    if (page.next === undefined) return;
    after = page.next;
  }
  throw new AnswerError(`the pages of ${path} do not end`);
}

/** All pages of a list, as `name` of the answers. */
async function everyPage(path, name, query) {
  const found = [];
  for await (const page of pagesOf(path, query)) found.push(...page[name]);
  return found;
}

/** The problems by what is known of them; what moved while the pages were read comes twice, and the later one counts. */
async function everyProblem(query) {
  const all = await everyPage('/problems', 'problems', query);
  return [...new Map(all.map((problem) => [JSON.stringify(problem.key), problem])).values()];
}

/** Lists that grow for as long as the stack is there: how many pages of the newest are read. */
const pagesRead = { plans: 1, rollouts: 1, alerts: 1, images: 1, unreadable: 1 };

/** What moved while the pages were read comes twice, and the later one counts. */
const once = (entries) => [...new Map(entries.map((entry) => [nameOf(entry), entry])).values()];
const nameOf = ({ id, alert, registry, repository, tag, digest }) =>
  JSON.stringify([id, alert?.id, registry, repository, tag, digest]);

/** The newest of such a list, and whether there are older ones. */
async function newest(part) {
  const entries = [];
  let read = 0;
  for await (const page of pagesOf(`/${part}`)) {
    entries.push(...page[part]);
    read += 1;
    if (read >= pagesRead[part]) return { entries: once(entries), more: page.next !== undefined };
  }
  return { entries: once(entries), more: false };
}

/** From now on reads another page of such a list, too. */
export function readMore(part) {
  pagesRead[part] += 1;
  wake();
}

/** What is read as one answer, and what comes in pages. */
const readers = {
  problems: () => everyProblem(),
  workloads: () => everyPage('/workloads', 'workloads'),
  plans: () => newest('plans'),
  rollouts: () => newest('rollouts'),
  alerts: () => newest('alerts'),
  images: () => newest('images'),
  unreadable: () => newest('unreadable'),
};

/** One plan with all that it names. Throws when the api refuses or does not answer. */
export async function readPlan(id) {
  const whole = { changes: [], closes: [], remaining: [], rejected: [], unhelped: [], reasons: [] };
  for await (const page of pagesOf(`/plans/${encodeURIComponent(id)}`))
    for (const [name, list] of Object.entries(whole)) list.push(...page[name]);
  return visibleData(whole);
}

/** All services of one rollout, with what happened to each. Throws when the api refuses or does not answer. */
export const readRows = async (rollout) =>
  visibleData(await everyPage(`/rollouts/${encodeURIComponent(rollout)}`, 'rows'));

/** The problems of one service. Throws when the api refuses or does not answer. */
export const readProblemsOf = async (workload) => visibleData(await everyProblem({ workload }));

/** All that is exposed to one problem, service by service. Throws when the api refuses or does not answer. */
export const readExposures = async ({ finding, shard, name }) =>
  visibleData(await everyPage('/exposures', 'exposures', { finding, shard, name }));

/** Alerts keep their bytes: what Slack shows is worked out from the very message (alerts.js). */
const shaped = (part, body) =>
  part === 'alerts'
    ? { ...body, entries: body.entries.map(({ slack, ...rest }) => ({ ...visibleData(rest), slack })) }
    : visibleData(body);

/** One image with its findings, layers and packages. Throws when the api refuses or does not answer. */
export async function readImage(digest) {
  // the address may say anything; only a digest is asked for
  if (!/^sha(256|512):[0-9a-f]+$/.test(digest)) throw new AnswerError('the address names no digest');
  return visibleData(await get(`/images/${digest}`));
}

let wake = () => {};

/** Acts through the api; answers the error text, or '' when it was done. What it changed is read at once. */
export async function act(method, path) {
  try {
    const response = await fetch(`/api${path}`, { method, headers: { authorization: `Bearer ${token}` } });
    const body = await response.json().catch(() => ({}));
    wake();
    return response.ok ? '' : String(body.error ?? `HTTP ${response.status}`);
  } catch {
    return 'the stack does not answer';
  }
}

async function load(before) {
  const data = { ...before };
  const failed = {};
  let reached = false;
  let last;
  await Promise.all(
    parts.map(async (part) => {
      try {
        data[part] = shaped(part, await (readers[part]?.() ?? get(`/${part}`)));
        reached = true;
      } catch (error) {
        last = error;
        if (error instanceof AnswerError) {
          reached = true;
          failed[part] = error.message;
        }
      }
    }),
  );
  if (!reached) throw last;
  return { data, failed };
}

/** The data with when it was read, what of it could not be, and whether the stack has gone silent. */
export function useData() {
  const [state, setState] = useState({ data: {}, failed: {}, gone: false, at: undefined });
  useEffect(() => {
    let timer;
    let data = {};
    const turn = async () => {
      const began = Date.now();
      try {
        const answer = await load(data);
        data = answer.data;
        setState({ ...answer, gone: false, at: new Date() });
      } catch {
        setState((before) => ({ ...before, gone: true }));
      }
      clearTimeout(timer);
      // a stack that is slow to answer is not asked more often for it
      timer = setTimeout(turn, Math.max(document.hidden ? hiddenPauseMs : pauseMs, 4 * (Date.now() - began)));
    };
    wake = () => {
      clearTimeout(timer);
      timer = setTimeout(turn, 100);
    };
    const seen = () => document.hidden || wake();
    document.addEventListener('visibilitychange', seen);
    turn();
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', seen);
    };
  }, []);
  return state;
}
