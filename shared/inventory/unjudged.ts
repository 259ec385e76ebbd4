// Version orders are known for these, so that a source that has them may be judged by; OSV's list of ecosystems has not (schema 1.7.5).
const ours: ReadonlySet<string> = new Set(['CentOS', 'Fedora', 'Oracle Linux']);

/**
 * True for ecosystems of distributions that OSV has no name for: `os-<id>`, and those that we name ourselves. No source holds advisories
 * under such a name.
 */
export function isUnjudgedDistribution(ecosystem: string): boolean {
  return ecosystem.startsWith('os-') || ours.has(ecosystem.split(':')[0] ?? ecosystem);
}
