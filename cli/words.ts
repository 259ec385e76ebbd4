import type { SeverityLevel } from '#shared/judging';
import type { Terminal } from './terminal.ts';

/** How each severity is painted; the word is always there, colour never carries it alone. */
export const severityStyles: Readonly<Record<SeverityLevel, Parameters<Terminal['paint']>[0]>> = {
  critical: ['bold', 'red'],
  high: 'red',
  medium: 'yellow',
  low: 'cyan',
  negligible: 'dim',
  unknown: 'magenta',
};

/** `cluster/name` of a workload's id. */
export const serviceName = (workload: string): string => workload.split('/').slice(2).join('/') || workload;

/** The first twelve digits of a digest. */
export const shortDigest = (digest: string): string => digest.replace(/^sha\d+:/, '').slice(0, 12);

/** `1 finding`, `2 findings`. */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** A size as people read it, in powers of ten as registries do. */
export function bytesText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  const [divisor, unit] = bytes < 1e6 ? [1e3, 'kB'] : bytes < 1e9 ? [1e6, 'MB'] : [1e9, 'GB'];
  return `${(bytes / Number(divisor)).toFixed(1)} ${unit}`;
}

/** A time to the minute, UTC. */
export const timeText = (iso: string): string => iso.slice(0, 16).replace('T', ' ');
