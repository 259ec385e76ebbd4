import { BrokenArchive } from '../errors.ts';
import type { Feed, FeedFile, FileOrigin } from './feed.ts';
import { textOf } from './read-file.ts';
import { type DocumentTimes, readDocumentTimes, standingDocuments } from './red-hat/changes.ts';
import { archivedRecords, singleRecord } from './red-hat/documents.ts';
import { recordIdOf } from './red-hat/vex-record.ts';

const latest = 'archive_latest.txt';
const listLimit = 64 << 20;

/**
 * Red Hat's CSAF VEX: one document for each CVE that touches any of its products, all of them in an archive that is made again every few days, and a list of
 * what changed when. Records bear ids of their own (`REDHAT-CVE-…`): they speak of the CVE, an advisory (RHSA) of what it brings. A mirror may hold the newer
 * form of the same (`vex-feed/`), which is read as well.
 */
export const redHat: Feed = {
  id: 'red-hat-vex',
  name: 'Red Hat CSAF VEX',
  ecosystem: 'Red Hat',
  home: 'https://security.access.redhat.com/data/csaf/v2/vex/',
  async files(origin) {
    const pointer = await origin.file(latest);
    if (pointer === undefined) return [];
    const name = (await textOf(pointer, 4_096)).trim();
    if (!/^[\w-][\w.-]{0,99}\.tar\.zst$/.test(name)) throw new BrokenArchive(pointer.about, 'it names no archive');
    const archive = await origin.file(name, 'archive');
    if (archive === undefined) throw new BrokenArchive(pointer.about, `${name} is not there`);
    const lists = await listsOf(origin);
    return [{ ...archive, part: 'archive' }, ...lists];
  },
  async *records(files, origin) {
    const archive = files.find(({ part }) => part === 'archive');
    if (archive !== undefined) yield* archivedRecords(archive, { ...(await timesIn(files)), origin });
  },
  async journal(origin) {
    const lists = await listsOf(origin);
    const { changes, deletions } = await timesIn(lists);
    const standing = standingDocuments(changes, deletions);
    // A mirror may have the archive and the lists alone: what changed cannot be asked for there.
    const newest = [...standing].reduce(([path, at], one) => (one[1] > at ? one : [path, at]), ['', ''])[0];
    if (newest === '' || (await singleRecord(origin, newest)) === undefined) return undefined;
    const paths = new Map<string, string>();
    for (const path of standing.keys()) {
      const id = recordIdOf(path);
      if (id !== undefined) paths.set(id, path);
    }
    return {
      stamp: lists.map(({ part, stamp }) => `${part} ${stamp}`).join('\n'),
      ids: async () => new Map([...paths].map(([id, path]) => [id, standing.get(path) ?? ''])),
      async record(id) {
        const path = paths.get(id);
        return path === undefined ? undefined : (await singleRecord(origin, path))?.bytes;
      },
    };
  },
};

async function listsOf(origin: FileOrigin): Promise<readonly FeedFile[]> {
  const changes = await origin.file('changes.csv');
  const deletions = changes === undefined ? undefined : await origin.file('deletions.csv');
  return [
    ...(changes === undefined ? [] : [{ ...changes, part: 'changes' }]),
    ...(deletions === undefined ? [] : [{ ...deletions, part: 'deletions' }]),
  ];
}

async function timesIn(
  files: readonly FeedFile[],
): Promise<{ readonly changes: DocumentTimes; readonly deletions: DocumentTimes }> {
  const read = async (part: string): Promise<DocumentTimes> => {
    const file = files.find((one) => one.part === part);
    return file === undefined ? new Map() : readDocumentTimes(await textOf(file, listLimit), file.about);
  };
  return { changes: await read('changes'), deletions: await read('deletions') };
}
