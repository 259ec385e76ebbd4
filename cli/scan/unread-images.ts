import { type Digest, formatPlatform, type OciError, type Platform } from '#shared/oci';
import { CommandFailed, type ExitCode, exitCodes } from '../exit-codes.ts';
import { plainText } from '../plain-text.ts';
import type { Terminal } from '../terminal.ts';

/** An image that an index lists and that could not be read, while others of it may have been. */
export interface UnreadImage {
  readonly digest: Digest;
  /** as the index lists it, or as its config says */
  readonly platform?: Platform;
  /** the source does not have its manifest at all */
  readonly absent: boolean;
  readonly error: OciError;
}

/** How JSON reports name such an image, under `unread`. */
export interface ReportUnread {
  readonly platform: string | null;
  readonly digest: Digest;
  /** what is wrong with it, and what to do */
  readonly why: string;
}

/** An unread image as reports name it. */
export const reportUnread = (unread: UnreadImage): ReportUnread => ({
  platform: unread.platform === undefined ? null : formatPlatform(unread.platform),
  digest: unread.digest,
  why: whyUnread(unread),
});

/** `linux/arm64 sha256:… could not be read: …` with what to do: one line, safe for a terminal. */
export const unreadText = (unread: UnreadImage): string => {
  const { platform, digest, why } = reportUnread(unread);
  return plainText(`${platform ?? 'an image of unknown platform'} ${digest} could not be read: ${why}`);
};

/** Tells why images could not be read, one line each. */
export function complainOfUnread(unread: readonly UnreadImage[], terminal: Pick<Terminal, 'complain'>): void {
  for (const each of unread) terminal.complain(`drydock: ${unreadText(each)}`);
}

/** How a command ends that read `read` images; where some could not be read, the exit code and its reason as the last line on stderr. */
export function endOfReading(
  read: number,
  unread: readonly UnreadImage[],
  terminal: Pick<Terminal, 'complain'>,
): ExitCode {
  if (unread.length === 0) return exitCodes.ok;
  const count = `${unread.length} of ${read + unread.length} images`;
  terminal.complain(`drydock: ${count} could not be read, exit code ${exitCodes.incomplete}`);
  return exitCodes.incomplete;
}

/** The error for when nothing of an index is left; the only image's own error where there is but one. */
export function nothingRead(unread: readonly UnreadImage[]): Error {
  const [first] = unread;
  if (first !== undefined && unread.length === 1) return first.error;
  return new CommandFailed(`none of its ${unread.length} images could be read; ${unread.map(unreadText).join('; ')}`);
}

const whyUnread = ({ absent, error }: UnreadImage): string =>
  absent
    ? `the index lists it, and ${error.about} does not have it. Copy every platform ("skopeo copy --all"), or name one that is there with --platform.`
    : error.message;
