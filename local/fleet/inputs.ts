import * as z from 'zod';
import { FleetError } from './errors.ts';

/** Reads an operation's input; what does not fit is an InvalidParameterException that names the field. */
export function read<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.path.join('.') || 'request';
  throw new FleetError('InvalidParameterException', `${field}: ${issue?.message ?? 'is not valid'}`);
}

const KEY = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u;
const VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;

const tag = z.object({
  key: z.string().regex(KEY, 'Invalid tag key.'),
  value: z.string().regex(VALUE, 'Invalid tag value.').default(''),
});

/** Tags of a new resource: not an empty list, at most 50, no key twice, none that AWS keeps for itself (aws.md 3.1). */
export const tagsInput = z
  .array(tag)
  .min(1, 'Tags can not be empty.')
  .max(50, 'Tags cannot have more than 50 elements.')
  .refine((tags) => tags.every(({ key }) => !/^aws:/i.test(key)), {
    error: 'aws: prefixed tag key names are not allowed for external use.',
  })
  .refine((tags) => new Set(tags.map(({ key }) => key)).size === tags.length, { error: 'Duplicate tag keys found.' });

/** Words that a family, service or cluster may be called: letters, digits, hyphens, underscores, at most 255. */
export const NAME = /^[A-Za-z0-9_-]{1,255}$/;

export const text = z.string().max(2048);
export const anything = z.record(z.string(), z.unknown());
