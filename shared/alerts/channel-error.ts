/** A channel could not be told: the queue tries it again, and keeps what it never took where people can send it back from. */
export class ChannelError extends Error {
  readonly code = 'channel';
  readonly channel: string;
  constructor(channel: string, what: string, options?: ErrorOptions) {
    super(`${channel} did not take the alert: ${what}`, options);
    this.name = 'ChannelError';
    this.channel = channel;
  }
}

/** Throws what channels said, if anything: the one error, or all of them with what each says. */
export function throwAll(errors: readonly unknown[]): void {
  if (errors.length > 1) throw new AggregateError(errors, errors.map(String).join('; '));
  for (const error of errors) throw error;
}
