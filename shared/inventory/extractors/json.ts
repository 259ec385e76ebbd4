import { UnreadableEvidence } from '../errors.ts';
import type { EvidenceFile } from './extractor.ts';

/** The JSON of an evidence file, a byte order mark allowed. Throws UnreadableEvidence, which says `what` is no JSON. */
export function jsonOf(file: Pick<EvidenceFile, 'path' | 'bytes'>, what: string): unknown {
  const text = file.bytes.toString('utf8');
  try {
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch (cause) {
    throw new UnreadableEvidence(file.path, `this ${what} is no JSON`, { cause });
  }
}

/** True for a JSON object. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
