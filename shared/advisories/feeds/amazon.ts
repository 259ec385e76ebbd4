import { createHash } from 'node:crypto';
import { xmlReader } from '#shared/xml';
import { BrokenArchive } from '../errors.ts';
import {
  before,
  type Feed,
  type FeedAffected,
  type FeedFile,
  type FeedRecord,
  type FileOrigin,
  type OriginFile,
} from './feed.ts';
import { isObject, jsonOf, textOf, unpacked } from './read-file.ts';

/** The repositories that every image has. Their metadata is found by their list of mirrors. */
const repositories: readonly (readonly [release: string, mirrorList: string])[] = [
  ['2', '2/core/latest/x86_64/mirror.list'],
  ['2023', 'al2023/core/mirrors/latest/x86_64/mirror.list'],
];

/** What Amazon Linux 2 has besides: one repository for each topic, `golang1.19`, `docker`. */
const extrasCatalog = '2/extras-catalog.json';
const mirrorsOfTopic = (topic: string): string => `2/extras/${topic}/latest/x86_64/mirror.list`;
// there were 81 of them in 2026
const mostTopics = 500;
const topicName = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/;
/** What is patched while a machine runs: no image has it. */
const livepatch = 'livepatch';

const small = 4 << 20;
const large = 1 << 30;

/**
 * Amazon Linux: the `updateinfo.xml` of its core repositories and of the extras of Amazon Linux 2, found as yum and dnf find them (mirror.list, repomd.xml,
 * the file under its checksum). Names are of binary packages. Amazon Linux 1 is not read: its last advisory is of 2023.
 */
export const amazon: Feed = {
  id: 'amazon-linux',
  name: 'Amazon Linux updateinfo',
  ecosystem: 'Amazon Linux',
  home: 'https://cdn.amazonlinux.com/',
  async files(origin) {
    const found: FeedFile[] = [];
    for (const [release, mirrorList] of repositories) {
      const file = await updateinfoOf(origin, mirrorList);
      if (file === 'none') throw new BrokenArchive(mirrorList, 'its repository names no updateinfo');
      if (file !== undefined) found.push({ ...file, part: release });
    }
    for (const topic of await topicsIn(origin)) {
      const file = await updateinfoOf(origin, mirrorsOfTopic(topic));
      // a topic without advisories, or one that the catalogue names and nobody serves any more
      if (file !== undefined && file !== 'none') found.push({ ...file, part: `2 ${topic}` });
    }
    return found;
  },
  async *records(files) {
    for (const file of files) yield* recordsOf(file);
  },
};

async function topicsIn(origin: FileOrigin): Promise<readonly string[]> {
  const file = await origin.file(extrasCatalog);
  if (file === undefined) return [];
  const catalog = await jsonOf(file, small);
  const topics = isObject(catalog) ? catalog['topics'] : undefined;
  if (!Array.isArray(topics)) throw new BrokenArchive(file.about, 'it has no list of topics');
  const names = (topics as readonly unknown[]).flatMap((topic) => {
    const name = isObject(topic) ? topic['n'] : undefined;
    return typeof name === 'string' && topicName.test(name) && name !== livepatch ? [name] : [];
  });
  return [...new Set(names)].sort().slice(0, mostTopics);
}

/** undefined: the repository is not there; 'none': it has no advisories. */
async function updateinfoOf(origin: FileOrigin, mirrorList: string): Promise<OriginFile | 'none' | undefined> {
  const list = await origin.file(mirrorList);
  if (list === undefined) return undefined;
  const base = baseOf(await textOf(list, small));
  if (base === undefined) throw new BrokenArchive(list.about, 'it names no mirror');
  const repomd = await origin.file(`${base}repodata/repomd.xml`);
  if (repomd === undefined) throw new BrokenArchive(list.about, `its mirror has no repodata/repomd.xml`);
  const { href, sha256 } = updateinfoIn(await textOf(repomd, small), repomd.about);
  if (href === undefined) return 'none';
  const file = await origin.file(`${base}${href}`);
  if (file === undefined) throw new BrokenArchive(repomd.about, `${href} is not there`);
  if (sha256 !== undefined) await checkSum(file, sha256);
  return file;
}

/** The first mirror's path on the origin itself: the list names hosts, which a mirror of ours replaces. */
function baseOf(list: string): string | undefined {
  const line = list
    .split('\n')
    .map((one) => one.trim())
    .find((one) => one !== '' && !one.startsWith('#'));
  if (line === undefined || !URL.canParse(line, 'https://origin.invalid/')) return undefined;
  const { pathname } = new URL(line, 'https://origin.invalid/');
  return `${pathname.replace(/^\/+/, '').replace(/\/*$/, '')}/`;
}

function updateinfoIn(text: string, about: string): Readonly<Record<'href' | 'sha256', string | undefined>> {
  const reader = xmlReader((what) => new BrokenArchive(about, what));
  const events = reader.push(text);
  reader.end();
  let inside = false;
  let href: string | undefined;
  let sha256: string | undefined;
  let kind: string | undefined;
  for (const event of events) {
    if (event.name === 'data' && event.kind === 'open') inside = event.attributes['type'] === 'updateinfo';
    else if (event.name === 'data') inside = false;
    else if (inside && event.kind === 'open' && event.name === 'location') href = event.attributes['href'];
    else if (inside && event.kind === 'open' && event.name === 'checksum') kind = event.attributes['type'];
    else if (inside && event.kind === 'close' && event.name === 'checksum' && kind === 'sha256')
      sha256 = event.text.trim();
  }
  return { href, sha256 };
}

async function checkSum(file: OriginFile, expected: string): Promise<void> {
  const hash = createHash('sha256');
  for await (const piece of file.open()) hash.update(piece);
  if (hash.digest('hex') !== expected.toLowerCase())
    throw new BrokenArchive(file.about, 'it is not what the repository says it is');
}

async function* recordsOf(file: FeedFile): AsyncGenerator<FeedRecord> {
  const reader = xmlReader((what) => new BrokenArchive(file.about, what));
  const decoder = new TextDecoder();
  let update: Update | undefined;
  for await (const piece of unpacked(file, large)) {
    for (const event of reader.push(decoder.decode(piece, { stream: true }))) {
      if (event.name === 'update' && event.kind === 'open')
        update = { type: event.attributes['type'] ?? '', cves: new Set(), packages: new Map() };
      else if (update === undefined) continue;
      else if (event.name === 'update') {
        const record = recordOf(update, file.part);
        if (record !== undefined) yield record;
        update = undefined;
      } else if (event.kind === 'open') opened(update, event.name, event.attributes);
      else closed(update, event.name, event.text.trim());
    }
  }
  reader.end();
}

interface Update {
  readonly type: string;
  id?: string;
  title?: string;
  severity?: string;
  issued?: string;
  updated?: string;
  readonly cves: Set<string>;
  /** by name, the fixed versions */
  readonly packages: Map<string, Set<string>>;
}

function opened(update: Update, name: string, attributes: Readonly<Record<string, string>>): void {
  if (name === 'issued' && attributes['date'] !== undefined) update.issued = attributes['date'];
  else if (name === 'updated' && attributes['date'] !== undefined) update.updated = attributes['date'];
  else if (name === 'reference' && attributes['type'] === 'cve' && attributes['id'] !== undefined)
    update.cves.add(attributes['id']);
  else if (name === 'package') {
    const { name: about, epoch, version, release } = attributes;
    if (about === undefined || version === undefined || release === undefined) return;
    const fixed = `${epoch === undefined || epoch === '0' || epoch === '' ? '' : `${epoch}:`}${version}-${release}`;
    update.packages.set(about, (update.packages.get(about) ?? new Set()).add(fixed));
  }
}

function closed(update: Update, name: string, text: string): void {
  if (name === 'id' && update.id === undefined) update.id = text;
  else if (name === 'title') update.title = text;
  else if (name === 'severity') update.severity = text;
}

// What is only in the kernel of a running machine, patched while it runs: no package of an image has it.
const notOfImages = /LIVEPATCH/;

function recordOf(update: Update, part: string): FeedRecord | undefined {
  const [release = '', topic = ''] = part.split(' ');
  const { id = '', packages, cves, title } = update;
  if (update.type !== 'security' || notOfImages.test(id) || packages.size === 0) return undefined;
  const modified = isoOf(update.updated ?? update.issued);
  const severity = update.severity ?? '';
  return {
    id,
    modified,
    published: isoOf(update.issued ?? update.updated),
    upstream: [...cves].filter((cve) => /^CVE-\d{4}-\d{4,}$/.test(cve)).sort(),
    ...(title === undefined ? {} : { summary: title }),
    ...(/^[A-Za-z]{2,20}$/.test(severity) ? { database_specific: { severity } } : {}),
    affected: [...packages].flatMap(([name, fixes]) =>
      [...fixes].map(
        (fixed): FeedAffected => ({
          package: { ecosystem: `Amazon Linux:${release}`, name },
          ranges: rangesOf(fixed, topic),
        }),
      ),
    ),
  };
}

/**
 * Topics have packages of one name in streams of their own (`golang` in golang1.19 and golang1.20, `kernel` in core and kernel-5.10), and an installed package
 * does not say which it came from; but a topic's name says where its stream begins: what lies below is another's.
 */
function rangesOf(fixed: string, topic: string): FeedAffected['ranges'] {
  const stream = /[0-9]+(?:\.[0-9]+)*(?:\.x)?$/.exec(topic)?.[0].replace(/\.x$/, '');
  const [, epoch = '', version = ''] = /^([0-9]+:)?(.*)$/.exec(fixed) ?? [];
  if (stream === undefined || !(version.startsWith(`${stream}.`) || version.startsWith(`${stream}-`)))
    return before(fixed);
  return [{ type: 'ECOSYSTEM', events: [{ introduced: `${epoch}${stream}` }, { fixed }] }];
}

/** `2018-02-16 22:27` as they write it, in UTC; the same with seconds or a zone. */
function isoOf(text: string | undefined): string {
  const plain = text?.trim() ?? '';
  const time = Date.parse(
    /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}(:\d{2})?$/.test(plain) ? `${plain.replace(' ', 'T')}Z` : plain,
  );
  return Number.isNaN(time) ? '1970-01-01T00:00:00Z' : `${new Date(time).toISOString().slice(0, 19)}Z`;
}
