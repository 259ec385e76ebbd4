import { type FileHandle, mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';

/** A message of a queue. */
export interface Message {
  readonly id: string;
  readonly queue: string;
  /** the rule that put it there */
  readonly route: string;
  /** the EventBridge envelope as JSON */
  readonly body: string;
  /** ms since 1970 */
  readonly sentAt: number;
  /** how often it was handed over */
  receives: number;
  firstReceivedAt?: number;
  /** not before this time; ms since 1970 */
  visibleAt: number;
  /** why the last delivery failed */
  error?: string;
  /** since when it lies among the dead letters */
  deadAt?: number;
}

/** What happened to a message or schedule. Each can be applied twice without harm. */
export type Entry =
  | { readonly op: 'put'; readonly message: Message }
  | { readonly op: 'update'; readonly id: string; readonly message: Partial<Message> }
  | { readonly op: 'done'; readonly id: string }
  | { readonly op: 'ran'; readonly route: string; readonly at: number };

/** What the entries add up to. */
export interface JournalState {
  readonly messages: Map<string, Message>;
  /** when each schedule last ran; ms since 1970 */
  readonly ran: Map<string, number>;
}

/** Where the bus keeps what is not yet done. */
export interface Journal {
  readonly state: JournalState;
  /** Resolves when the entry survives kill -9. Order is kept. */
  append(entry: Entry): Promise<void>;
  close(): Promise<void>;
}

/** Entries that are written before the file is made anew from what is still there. */
const compactAfter = 20_000;

function apply(state: JournalState, entry: Entry): void {
  if (entry.op === 'put') {
    if (!state.messages.has(entry.message.id)) state.messages.set(entry.message.id, { ...entry.message });
  } else if (entry.op === 'update') {
    const message = state.messages.get(entry.id);
    // undefined takes a member away; JSON has no undefined, so it is written as null
    if (message !== undefined)
      for (const [member, value] of Object.entries(entry.message))
        Object.assign(message, { [member]: value ?? undefined });
  } else if (entry.op === 'done') state.messages.delete(entry.id);
  else state.ran.set(entry.route, entry.at);
}

const line = (entry: Entry): string =>
  `${JSON.stringify(entry, (_, value: unknown) => (value === undefined ? null : value))}\n`;
const snapshot = (state: JournalState): string =>
  [
    ...[...state.messages.values()].map((message): Entry => ({ op: 'put', message: withoutUndefined(message) })),
    ...[...state.ran].map(([route, at]): Entry => ({ op: 'ran', route, at })),
  ]
    .map(line)
    .join('');
const withoutUndefined = (message: Message): Message =>
  Object.fromEntries(Object.entries(message).filter(([, value]) => value !== undefined)) as unknown as Message;

/** A journal that forgets with the process. */
export function memoryJournal(): Journal {
  const state: JournalState = { messages: new Map(), ran: new Map() };
  return {
    state,
    append: async (entry) => apply(state, entry),
    close: async () => undefined,
  };
}

/** '' for a file that is not there yet. What is there and cannot be read is not made anew over it: that would lose all that waits. */
async function readWhole(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return '';
    throw new Error(`${path} holds what waits and cannot be read; look at its rights, or move it away to start anew`, {
      cause,
    });
  }
}

/**
 * A journal in `folder`: one line per entry, appended to one file, which is made anew (beside, then renamed) when it is opened and when it has grown. A half line
 * at its end is what a crash cut off: its writer never heard that it was written. No fsync: it survives the process, not the machine.
 */
export async function openJournal(folder: string): Promise<Journal> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'bus.jsonl');
  const state: JournalState = { messages: new Map(), ran: new Map() };
  for (const text of (await readWhole(path)).split('\n')) {
    try {
      if (text !== '') apply(state, JSON.parse(text) as Entry);
    } catch {
      // a cut line; every whole line stands for itself
    }
  }

  let file: FileHandle | undefined;
  let written = 0;
  let waiting: { text: string; done: () => void; failed: (error: unknown) => void }[] = [];
  let working: Promise<void> | undefined;
  let closed = false;

  const renew = async (): Promise<void> => {
    await file?.close();
    file = undefined;
    const fresh = await open(`${path}.new`, 'w', 0o600);
    await fresh.writeFile(snapshot(state));
    await rename(`${path}.new`, path);
    file = fresh;
    written = 0;
  };
  const work = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        // what waits is in the state already or will be written right after: entries can be applied twice
        if (file === undefined || written > compactAfter) await renew();
        await file?.writeFile(batch.map((each) => each.text).join(''));
        written += batch.length;
        for (const each of batch) each.done();
      } catch (error) {
        // the handle may stand behind half a line: start anew with the next entry
        await file?.close().catch(() => undefined);
        file = undefined;
        for (const each of batch) each.failed(error);
      }
    }
    working = undefined;
  };

  await renew();
  return {
    state,
    append(entry) {
      return new Promise<void>((done, failed) => {
        if (closed) return failed(new Error('the journal is closed'));
        waiting.push({
          text: line(entry),
          done: () => {
            apply(state, entry);
            done();
          },
          failed,
        });
        working ??= work();
      });
    },
    async close() {
      closed = true;
      while (working !== undefined) await working;
      await file?.close();
      file = undefined;
    },
  };
}
