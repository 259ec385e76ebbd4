import type { VexStatement } from './types.ts';

/**
 * Statements as said at the latest when they were heard: one that is dated in the future would outdo every later one, of whomever, until that day. Pure.
 *
 * @param heardAt ISO
 */
export const notAfter = (statements: readonly VexStatement[], heardAt: string): readonly VexStatement[] =>
  statements.map((statement) => (statement.at > heardAt ? { ...statement, at: heardAt } : statement));
