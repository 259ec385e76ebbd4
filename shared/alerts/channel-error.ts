/** A channel could not be told. `retryable` ones are tried again by the queue. */
export class ChannelError extends Error {
  readonly code = 'channel';
  readonly channel: string;
  readonly retryable: boolean;
  constructor(channel: string, what: string, retryable: boolean, options?: ErrorOptions) {
    super(`${channel} did not take the alert: ${what}`, options);
    this.name = 'ChannelError';
    this.channel = channel;
    this.retryable = retryable;
  }
}

/** Throws what several channels said, if anything: one that passes before one that does not, so that the queue tries again. */
export function throwWorst(errors: readonly unknown[]): void {
  if (errors.length === 0) return;
  throw errors.find((error) => !(error instanceof ChannelError) || error.retryable) ?? errors[0];
}
