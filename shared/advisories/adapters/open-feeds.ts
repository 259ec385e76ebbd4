import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { feedTable } from '../feeds/table.ts';
import type { OpenedFeed } from './feed-source.ts';
import { folderFiles } from './folder-files.ts';
import { type HttpFilesOptions, httpFiles } from './http-files.ts';
import { isAddress } from './is-address.ts';

/**
 * Opens the publications of the table where they are to be had. `home`: each at its publisher's. An address: a mirror, in which each lies in a folder with its
 * id (`debian-tracker/…`). A folder of the same form: those that it has, OSV speaks for the others. `none`: no publication but OSV's bulk export.
 */
export function openFeeds(where: string, options: HttpFilesOptions): readonly OpenedFeed[] {
  if (where === 'none') return [];
  return feedTable.flatMap((row) => {
    const { id, home } = row.feed;
    if (where === 'home') return [{ row, origin: httpFiles(home, options) }];
    if (isAddress(where)) return [{ row, origin: httpFiles(`${where.replace(/\/*$/, '')}/${id}/`, options) }];
    const folder = join(where, id);
    return existsSync(folder) ? [{ row, origin: folderFiles(folder) }] : [];
  });
}

/** What is wrong with a place that a person names for `openFeeds`, as the end of a sentence; undefined: nothing. A folder must hold at least one publication. */
export function wrongFeedsPlace(where: string): string | undefined {
  if (where === 'none' || where === 'home' || isAddress(where)) return undefined;
  if (!existsSync(where)) return 'there is no such folder';
  return feedTable.some(({ feed: { id } }) => existsSync(join(where, id)))
    ? undefined
    : 'no publication lies in it, each in a folder with its name such as debian-tracker';
}
