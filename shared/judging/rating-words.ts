import type { SeverityLevel } from './types.ts';

const words: Readonly<Record<string, SeverityLevel>> = {
  CRITICAL: 'critical',
  HIGH: 'high',
  IMPORTANT: 'high',
  MEDIUM: 'medium',
  MODERATE: 'medium',
  LOW: 'low',
  MINOR: 'low',
  NEGLIGIBLE: 'negligible',
  UNIMPORTANT: 'negligible',
  NONE: 'negligible',
};

/** The level that a word of some rating stands for, whatever its case; undefined: it is none. */
export const levelOfWord = (word: string): SeverityLevel | undefined =>
  Object.hasOwn(words, word.toUpperCase()) ? words[word.toUpperCase()] : undefined;
