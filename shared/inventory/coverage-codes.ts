/** Every kind of reason why an image could not be judged whole; stable, for stored facts, bills of materials and those who read them. */
export const coverageCodes = [
  'unknown-distribution',
  'end-of-life',
  'no-advisories',
  'unreadable-evidence',
  'unsupported-evidence',
  'unsupported-image',
  'unreadable-image',
  'limit',
  'database-deleted',
  'stale-advisories',
  'unknown-version',
] as const;
