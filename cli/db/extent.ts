import type { AdvisorySource } from '#shared/advisories';

/** How much a source says of an ecosystem, and of which time it is. */
export interface Extent {
  readonly records: number;
  /** newest `modified` of its records that is not in the future, ISO; '' when none has one */
  readonly asOf: string;
}

/** Reads an ecosystem to its end. Throws what the source throws. */
export async function extentOf(source: AdvisorySource, ecosystem: string, now: Date): Promise<Extent> {
  const latest = now.toISOString();
  let records = 0;
  let asOf = '';
  for await (const { bytes } of source.records(ecosystem)) {
    records += 1;
    const modified = modifiedOf(bytes);
    if (modified > asOf && modified <= latest) asOf = modified;
  }
  return { records, asOf };
}

/** '' for a record that says no time: what cannot be read is told when it is judged by. */
function modifiedOf(bytes: Buffer): string {
  try {
    const record: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof record !== 'object' || record === null || !('modified' in record)) return '';
    const { modified } = record;
    return typeof modified === 'string' && !Number.isNaN(Date.parse(modified)) ? new Date(modified).toISOString() : '';
  } catch {
    return '';
  }
}
