import { compareBytes } from './byte-order.ts';
import type { Condition, Item } from './types.ts';

/** Whether `condition` holds for what is stored now; a missing attribute or one of another type never compares (as in DynamoDB). */
export function holds(condition: Condition | undefined, stored: Item | undefined): boolean {
  if (condition === undefined) return true;
  if ('absent' in condition) return stored === undefined;
  if ('olderThan' in condition) {
    if (stored === undefined) return true;
    const { attribute, than } = condition.olderThan;
    const value = stored[attribute];
    if (typeof value === 'number' && typeof than === 'number') return value < than;
    if (typeof value === 'string' && typeof than === 'string') return compareBytes(value, than) < 0;
    return false;
  }
  return stored !== undefined && stored[condition.equals.attribute] === condition.equals.value;
}
