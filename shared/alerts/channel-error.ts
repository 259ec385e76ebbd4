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
