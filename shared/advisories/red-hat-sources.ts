import type { OsvAffected } from './osv-record.ts';

/**
 * Names the source package of each entry of a Red Hat advisory in OSV's form, which lists binaries, as packages are judged by their source: what is fixed in
 * one version of one stream is one build, and the build's debug sources bear the name of the source package. Builds without any (of text alone, or several
 * of one version) keep the names of their binaries.
 */
export function redHatSources(affected: readonly OsvAffected[]): (entry: OsvAffected) => string {
  const sources = new Map<string, Set<string>>();
  for (const entry of affected) {
    const source = /^(.+)-debugsource$/.exec(entry.name)?.[1];
    const build = buildOf(entry);
    if (source !== undefined) sources.set(build, (sources.get(build) ?? new Set()).add(source));
  }
  return (entry) => {
    const named = sources.get(buildOf(entry));
    return named?.size === 1 ? ([...named][0] ?? entry.name) : entry.name;
  };
}

const buildOf = ({ ecosystem, ranges }: OsvAffected): string => {
  const events = ranges.flatMap((range) => range.events);
  const fixed = events.flatMap((event) => ('fixed' in event ? [event.fixed.replace(/^\d+:/, '')] : []));
  return `${ecosystem} ${fixed.join(' ')}`;
};
