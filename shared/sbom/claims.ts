/** Reading what strangers wrote: every field may be absent, of another type or absurdly long. */

import { LazyList } from './json-document.ts';

/** A JSON object before anything in it is believed. */
export type Claims = Readonly<Record<string, unknown>>;

const longest = 16_384;

/** The value as an object; an empty one when it is none. */
export const objectAt = (value: unknown): Claims =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : {};

/** The value as a text that is not empty; longer ones than 16 Ki characters count as none. */
export const textAt = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' && value.length <= longest ? value : undefined;

/** The objects of a list. */
export const objectsAt = (value: unknown): readonly Claims[] =>
  Array.isArray(value) ? value.filter((item): item is Claims => typeof item === 'object' && item !== null) : [];

/** The objects of a list that may be read while it is gone over. */
export function* objectsIn(value: unknown): Generator<Claims> {
  if (!Array.isArray(value) && !(value instanceof LazyList)) return;
  for (const item of value) if (typeof item === 'object' && item !== null) yield item as Claims;
}

/** The texts of a list, or one text alone. */
export const textsAt = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).flatMap((item: unknown) => textAt(item) ?? []);

/** A field that is there when its value is. */
export const optional = <K extends string>(name: K, value: string | undefined): { readonly [P in K]?: string } =>
  (value === undefined ? {} : { [name]: value }) as { readonly [P in K]?: string };
