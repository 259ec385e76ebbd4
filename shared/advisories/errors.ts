/** An error of the advisories room: what it was about and what to do are in the message, `code` is for programs. */
export class AdvisoryError extends Error {
  readonly code: string;
  /** the shard, ecosystem, record or address concerned; hostile text */
  readonly about: string;

  constructor(code: string, about: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.about = about;
  }
}

/** One OSV record that cannot be read. It is skipped and reported; the others count. */
export class UnreadableRecord extends AdvisoryError {
  constructor(id: string, what: string) {
    super('unreadable-record', id, `advisory ${id}: ${what}; it is left out, correct it at its source`);
  }
}

/** A zip archive that is cut, damaged or beyond its limits: nothing of the publication is used. */
export class BrokenArchive extends AdvisoryError {
  constructor(about: string, what: string, options?: ErrorOptions) {
    super('broken-archive', about, `${about}: ${what}; nothing of it is used, fetch it again`, options);
  }
}

/** A source that does not answer, or not as it should. */
export class SourceUnavailable extends AdvisoryError {
  constructor(about: string, what: string, options?: ErrorOptions) {
    super(
      'source-unavailable',
      about,
      `${about}: ${what}; what was known before stays in use, it will be asked again`,
      options,
    );
  }
}

/** A shard whose bytes are not what its hash says, or not a shard. */
export class BrokenShard extends AdvisoryError {
  constructor(about: string, what: string) {
    super('broken-shard', about, `advisories ${about}: ${what}; refresh the advisories to write it again`);
  }
}

/** A publication that must not replace the last good one: empty, half-written, older or much smaller. */
export class FeedRefused extends AdvisoryError {
  readonly reason: 'empty' | 'broken' | 'smaller' | 'older' | 'unavailable';

  constructor(about: string, reason: FeedRefused['reason'], what: string, options?: ErrorOptions) {
    super(
      'feed-refused',
      about,
      `advisories of ${about} refused (${reason}): ${what}; the last good ones stay in use`,
      options,
    );
    this.reason = reason;
  }
}
