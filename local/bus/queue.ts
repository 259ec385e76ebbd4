import { type BusClock, callAt } from './clock.ts';
import type { Journal, Message } from './journal.ts';
import type { SqsHandler, SqsRecord } from './sqs-event.ts';

/** How a queue hands over. The names are SQS's and Lambda's. */
export interface QueueSettings {
  /** batches at once */
  readonly concurrency: number;
  /** records of one batch at most */
  readonly batchSize: number;
  /** ms until a batch that is not answered is handed over again */
  readonly visibilityTimeout: number;
  /** deliveries until a message becomes a dead letter */
  readonly maxReceiveCount: number;
  /** ms before the second delivery; doubles with each, jittered */
  readonly backoff: number;
  /** ms, the longest pause between two deliveries */
  readonly maxBackoff: number;
}

/** Small work: a few at once, tried for some minutes in all. */
export const defaultSettings: QueueSettings = {
  concurrency: 2,
  batchSize: 1,
  visibilityTimeout: 15 * 60_000,
  maxReceiveCount: 5,
  backoff: 1000,
  maxBackoff: 5 * 60_000,
};

/** Something that went wrong with a delivery, for the log. */
export interface Trouble {
  readonly kind: 'failed' | 'timed-out' | 'dead';
  readonly queue: string;
  readonly id: string;
  readonly receives: number;
  readonly error: string;
}

/** How many messages a queue holds, by what they wait for. */
export interface Depth {
  readonly queue: string;
  readonly visible: number;
  readonly inFlight: number;
  /** failed, waiting for the next delivery */
  readonly delayed: number;
  readonly dead: number;
}

/** What a queue needs from the bus. */
export interface QueuePorts {
  readonly name: string;
  readonly handler: SqsHandler;
  readonly settings: QueueSettings;
  readonly journal: Journal;
  readonly clock: BusClock;
  readonly random: () => number;
  readonly newId: () => string;
  readonly region: string;
  readonly account: string;
  readonly trouble: (trouble: Trouble) => void;
  /** called whenever less is left to do */
  readonly settled: () => void;
}

/** One queue and its function: at-least-once delivery with a visibility timeout, backoff per message and dead letters, as SQS and Lambda do it. */
export class Queue {
  readonly #ports: QueuePorts;
  readonly #messages = new Map<string, Message>();
  #visible: string[] = [];
  readonly #delayed = new Map<string, () => void>();
  readonly #inFlight = new Set<string>();
  #batches = 0;
  #running = new Set<Promise<void>>();
  #stopped = false;

  constructor(ports: QueuePorts) {
    this.#ports = ports;
  }

  /** Takes a message that the journal already holds. */
  take(message: Message): void {
    this.#messages.set(message.id, message);
    if (message.deadAt === undefined) this.#schedule(message);
    this.#pump();
  }

  get depth(): Depth {
    const dead = [...this.#messages.values()].filter((message) => message.deadAt !== undefined).length;
    return {
      queue: this.#ports.name,
      visible: this.#visible.length,
      inFlight: this.#inFlight.size,
      delayed: this.#delayed.size,
      dead,
    };
  }

  /** Whether a message of this rule still waits to be handed over for the first time. */
  waits(route: string): boolean {
    return this.#visible.some((id) => this.#messages.get(id)?.route === route);
  }

  get dead(): Message[] {
    return [...this.#messages.values()].filter((message) => message.deadAt !== undefined);
  }

  /** Gives dead letters a new life; all, or the one of that id. Returns how many. */
  async redrive(id?: string): Promise<number> {
    const chosen = this.dead.filter((message) => id === undefined || message.id === id);
    for (const message of chosen) {
      await this.#update(message, { deadAt: undefined, error: undefined, receives: 0, visibleAt: this.#now() });
      this.#schedule(message);
    }
    this.#pump();
    return chosen.length;
  }

  /** Hands over no more; resolves when what is under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const cancel of this.#delayed.values()) cancel();
    await Promise.all(this.#running);
  }

  #now(): number {
    return this.#ports.clock.now().getTime();
  }

  #schedule(message: Message): void {
    if (message.visibleAt <= this.#now()) {
      this.#visible.push(message.id);
      return;
    }
    const cancel = callAt(this.#ports.clock, message.visibleAt, () => {
      this.#delayed.delete(message.id);
      this.#visible.push(message.id);
      this.#pump();
    });
    this.#delayed.set(message.id, cancel);
  }

  #pump(): void {
    const { concurrency, batchSize } = this.#ports.settings;
    while (!this.#stopped && this.#batches < concurrency && this.#visible.length > 0) {
      const batch = this.#visible.splice(0, batchSize).flatMap((id) => this.#messages.get(id) ?? []);
      this.#batches += 1;
      for (const message of batch) this.#inFlight.add(message.id);
      const run = this.#deliver(batch).catch((error: unknown) => {
        // only the journal can fail here (a full disk): what it did not note is handed over again
        for (const message of batch) this.#return(message, String(error));
      });
      this.#running.add(run);
      void run.finally(() => this.#running.delete(run));
    }
  }

  async #deliver(batch: readonly Message[]): Promise<void> {
    let free = false;
    const release = (): void => {
      if (!free) this.#batches -= 1;
      free = true;
    };
    try {
      const now = this.#now();
      // noted before: a message that kills the process ends among the dead letters, too
      for (const message of batch)
        await this.#update(message, {
          receives: message.receives + 1,
          firstReceivedAt: message.firstReceivedAt ?? now,
        });
      const deadline = now + this.#ports.settings.visibilityTimeout;
      const outcome = await this.#invoke(batch, deadline);
      release();
      for (const message of batch) {
        const error = outcome(message);
        if (error === undefined) {
          this.#messages.delete(message.id);
          await this.#ports.journal.append({ op: 'done', id: message.id });
          this.#inFlight.delete(message.id);
        } else await this.#failed(message, error);
      }
    } finally {
      release();
      this.#pump();
      this.#ports.settled();
    }
  }

  /** Calls the function; gives each message's error, undefined for those that are done. Whoever answers too late is not heard. */
  async #invoke(
    batch: readonly Message[],
    deadline: number,
  ): Promise<(message: Message) => { kind: 'failed' | 'timed-out'; text: string } | undefined> {
    const { handler, name, clock, newId } = this.#ports;
    const context = {
      functionName: name,
      awsRequestId: newId(),
      getRemainingTimeInMillis: () => Math.max(0, deadline - this.#now()),
    };
    let cancel = (): void => undefined;
    const late = new Promise<'late'>((done) => {
      cancel = callAt(clock, deadline, () => done('late'));
    });
    try {
      const answer = await Promise.race([
        handler({ Records: batch.map((message) => this.#record(message)) }, context),
        late,
      ]);
      if (answer === 'late')
        return () => ({ kind: 'timed-out', text: `no answer within ${this.#ports.settings.visibilityTimeout} ms` });
      const failures = new Set(answer?.batchItemFailures.map((failure) => failure.itemIdentifier));
      return (message) =>
        failures.has(message.id) ? { kind: 'failed', text: 'the function asked to have it again' } : undefined;
    } catch (error) {
      const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      return () => ({ kind: 'failed', text: text.slice(0, 2000) });
    } finally {
      cancel();
    }
  }

  async #failed(message: Message, { kind, text }: { kind: 'failed' | 'timed-out'; text: string }): Promise<void> {
    const { settings, trouble, name, random } = this.#ports;
    const say = (what: Trouble['kind']): void =>
      trouble({ kind: what, queue: name, id: message.id, receives: message.receives, error: text });
    if (message.receives >= settings.maxReceiveCount) {
      await this.#update(message, { deadAt: this.#now(), error: text });
      this.#inFlight.delete(message.id);
      say('dead');
      return;
    }
    const pause = Math.min(settings.maxBackoff, settings.backoff * 2 ** (message.receives - 1)) * (0.5 + random() / 2);
    await this.#update(message, { visibleAt: this.#now() + Math.round(pause), error: text });
    // only now: one that is noted nowhere yet is not done, whoever asks
    this.#inFlight.delete(message.id);
    say(kind);
    if (!this.#stopped) this.#schedule(message);
  }

  #return(message: Message, error: string): void {
    this.#inFlight.delete(message.id);
    const placed = this.#delayed.has(message.id) || this.#visible.includes(message.id) || message.deadAt !== undefined;
    if (placed || this.#stopped || !this.#messages.has(message.id)) return;
    this.#ports.trouble({ kind: 'failed', queue: this.#ports.name, id: message.id, receives: message.receives, error });
    message.visibleAt = this.#now() + this.#ports.settings.backoff;
    this.#schedule(message);
  }

  async #update(message: Message, change: { [member in keyof Message]?: Message[member] | undefined }): Promise<void> {
    await this.#ports.journal.append({ op: 'update', id: message.id, message: change as Partial<Message> });
  }

  #record(message: Message): SqsRecord {
    const { name, region, account } = this.#ports;
    return {
      messageId: message.id,
      receiptHandle: `${message.id}#${message.receives}`,
      body: message.body,
      attributes: {
        ApproximateReceiveCount: String(message.receives),
        SentTimestamp: String(message.sentAt),
        SenderId: account,
        ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt ?? message.sentAt),
      },
      messageAttributes: {},
      eventSource: 'aws:sqs',
      eventSourceARN: `arn:aws:sqs:${region}:${account}:${name}`,
      awsRegion: region,
    };
  }
}
