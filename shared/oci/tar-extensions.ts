import { isPaxSparse, type PaxRecords, type PaxSparse, parsePax } from './pax.ts';
import { decode, type RawHeader } from './tar-header.ts';
import type { TarEntry } from './tar-types.ts';

/** Type flags of headers that speak of the entry after them: pax (`x`, and `g` of all entries), GNU's long names and long link targets. */
export const extension = { PAX: 0x78, GLOBAL_PAX: 0x67, LONG_NAME: 0x4c, LONG_LINK: 0x4b } as const;

/** A header with what extensions say of its entry. */
export interface ExtendedHeader extends RawHeader {
  readonly xattrs?: TarEntry['xattrs'];
  /** of a sparse file in one of pax's forms: its name and size, where the records give them, and its map */
  readonly sparse?: PaxSparse;
}

/**
 * What extension headers have said of the entry that comes next. Where they leave a choice it is Go's archive/tar's: global pax headers change nothing, GNU long names
 * win over pax ones.
 */
export class TarExtensions {
  #pax: PaxRecords | undefined;
  #longName = '';
  #longLink = '';

  /** whether something was said of an entry that has not come yet */
  get waiting(): boolean {
    return this.#pax !== undefined || this.#longName !== '' || this.#longLink !== '';
  }

  /** Takes the whole body of an extension; `offset` is for messages. Throws BadTar for pax records that are none. */
  take(type: number, body: Buffer, offset: number): void {
    if (type === extension.PAX) this.#pax = parsePax(body, offset);
    else if (type !== extension.GLOBAL_PAX) {
      const end = body.indexOf(0);
      const name = decode(end < 0 ? body : body.subarray(0, end));
      if (type === extension.LONG_NAME) this.#longName = name;
      else this.#longLink = name;
    }
  }

  /** The header of the entry that has come, as it is meant; nothing waits any more. */
  applyTo(header: RawHeader): ExtendedHeader {
    if (!this.waiting) return header;
    const { path, linkTarget, size, uid, gid, mtime, xattrs, sparse } = this.#pax ?? {};
    const extended: ExtendedHeader = {
      ...header,
      path: this.#longName || (path ?? header.path),
      linkTarget: this.#longLink || (linkTarget ?? header.linkTarget),
      size: size ?? header.size,
      uid: uid ?? header.uid,
      gid: gid ?? header.gid,
      mtime: mtime ?? header.mtime,
      ...(xattrs === undefined ? {} : { xattrs }),
      ...(isPaxSparse(sparse) ? { sparse } : {}),
    };
    this.#pax = undefined;
    this.#longName = '';
    this.#longLink = '';
    return extended;
  }
}
