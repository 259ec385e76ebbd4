import type { MatchRecord } from '#shared/advisories';
import { matchVersion, type PackageKey } from '#shared/inventory';
import { entriesFor } from '#shared/judging';
import { counted } from '../words.ts';

type Entry = MatchRecord['affected'][number];

const mostShown = 5;

/** What a record says of a package, in words: ranges, what will be done, by which advisory; only what speaks to its stream, module and architecture. */
export function recordSaid(record: MatchRecord, key: PackageKey): string {
  const entries = entriesFor(record, matchVersion(key), key);
  if (entries.length === 0) return `${record.id} (nothing of its stream, module or architecture)`;
  const said = [...new Set(entries.flatMap(entrySaid))];
  const listed = counted(entries.flatMap((entry) => entry.versions).length, 'listed version');
  return `${record.id} (${said.length === 0 ? listed : said.slice(0, mostShown).join('; ')})`;
}

function entrySaid({ ranges, specific = {} }: Entry): string[] {
  const { advisory, channel, module, status, justification } = specific;
  const details = [advisory, channel, module, status?.replaceAll('-', ' ')].filter((text) => text !== undefined);
  return ranges.map(({ events }) => {
    const words = events.map((event) =>
      Object.entries(event)
        .map(([kind, version]) => `${kind} ${version}`)
        .join(' '),
    );
    // no version was ever affected
    if (words.join() === 'introduced 0,fixed 0')
      return [`not affected`, justification?.replaceAll('_', ' ')].filter((text) => text !== undefined).join(': ');
    return [...words, ...details].join(', ');
  });
}
