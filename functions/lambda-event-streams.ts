/**
 * Event streams of the SDK's clients (answers that come message by message, as S3 Select's and a function's streamed ones do). No function asks for one, but the
 * clients of S3 and Lambda load their codec, and because HTTP's part of the SDK imports it dynamically, nothing of what that codec uses could be left out of a bundle:
 * a fiftieth of each. The bundles have this in its place.
 */
export const eventStreamSerdeProvider = (): object => ({});

/** What a client keeps of event streams: nothing that can read one. */
export const resolveEventStreamSerdeConfig = <Config extends object>(config: Config): Config =>
  Object.assign(config, { eventStreamMarshaller: {} });

/** What reading or writing one begins with. Throws: no command that a function sends has an event stream. */
export class EventStreamSerde {
  constructor() {
    throw new Error(
      'the bundles of functions leave event streams out (infra/bundling.ts); a command that has one needs them back',
    );
  }
}
