import * as z from 'zod';
import { tagChooser } from './tag-rule.ts';
import type { Policy } from './types.ts';

const levels = ['critical', 'high', 'medium', 'low', 'negligible', 'unknown'] as const;
const text = z.string().trim().min(1).max(1000);
const glob = z
  .string()
  .min(1)
  .max(300)
  .refine((value) => !/\s/.test(value), 'a glob has no white space in it');
const mode = z.enum(['observe', 'ask', 'auto']);
const count = z.int().min(0).max(1_000_000);

const day = z.string().refine((value) => {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(value) ? Date.parse(`${value}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value);
}, 'write the last day on which it holds, such as 2027-03-31');

const tags = z
  .string()
  .min(1)
  .max(500)
  .superRefine((value, context) => {
    try {
      tagChooser(value);
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      context.addIssue({
        code: 'custom',
        message: `${said}; write a semver range (^1.2), glob:1.2.* or regexp:^1\\.2`,
      });
    }
  });

const units: Readonly<Record<string, number>> = { '': 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };
const bytes = z.union([z.number(), z.string()]).transform((value, context) => {
  const [, amount, unit = ''] = /^(\d{1,15}(?:\.\d{1,3})?) ?([KMGT]B)?$/.exec(String(value).trim()) ?? [];
  const size = amount === undefined ? Number.NaN : Math.round(Number(amount) * (units[unit] ?? 1));
  if (Number.isSafeInteger(size)) return size;
  context.addIssue({ code: 'custom', message: 'write a number of bytes, or 500 MB, 50 GB' });
  return z.NEVER;
});

const scope = z.strictObject({
  package: glob.optional(),
  repository: glob.optional(),
  service: glob.optional(),
  path: glob.optional(),
  digest: z
    .string()
    .regex(/^sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})$/, 'write the whole digest of an image, sha256:…')
    .optional(),
});
const service = z.strictObject({
  service: glob.refine(
    (value) => value.includes('/') || value.includes('**'),
    'name cluster and service: prod/checkout, prod/*, */checkout',
  ),
  mode,
});
const exceptionFields = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9:._~-]{2,127}$/, 'write the id of one vulnerability: CVE-2026-1234, GHSA-…, DSA-…')
    .optional(),
  scope: scope.default({}),
  reason: text,
  owner: text.max(200).optional(),
  justification: z
    .enum([
      'component_not_present',
      'vulnerable_code_not_present',
      'vulnerable_code_not_in_execute_path',
      'vulnerable_code_cannot_be_controlled_by_adversary',
      'inline_mitigations_already_exist',
    ])
    .optional(),
  until: day.optional(),
  untilFixed: z.literal(true).optional(),
  untilKev: z.literal(true).optional(),
  untilEpss: z.number().gt(0).max(1).optional(),
  untilExposed: z.literal(true).optional(),
});
type Fields = z.output<typeof exceptionFields>;
const endsSomehow = ({ until, untilFixed, untilKev, untilEpss, untilExposed }: Fields): boolean =>
  (until ?? untilFixed ?? untilKev ?? untilEpss ?? untilExposed) !== undefined;
const isAboutSomething = ({ id, scope: { package: name, path } }: Fields): boolean =>
  (id ?? name ?? path) !== undefined;
const endless = {
  path: ['until'],
  message:
    'is missing: an exception ends; write until: 2027-03-31 (its last day), untilFixed: true, untilKev: true, untilEpss: 0.1 or untilExposed: true',
};
const aboutNothing = {
  path: ['id'],
  message: 'is missing: name the vulnerability (id), or the package or path that it is about (scope)',
};
const exception = exceptionFields.refine(endsSomehow, endless).refine(isAboutSomething, aboutNothing);
/** Whoever writes one now names who answers for it; what was put in force before that was asked for stays readable. */
const writtenException = exception.refine(({ owner }) => owner !== undefined, {
  path: ['owner'],
  message: 'is missing: write who answers for it, such as owner: the api team',
});
const newer = z.strictObject({ repository: glob, tags });
const alert = z.strictObject({
  severity: z.enum(levels).default('high'),
  kev: z.boolean().default(true),
  epss: z.number().gt(0).max(1).optional(),
});
const block = z.strictObject({
  severity: z.enum([...levels, 'never']).default('critical'),
  fixable: z.boolean().default(true),
  kev: z.boolean().default(true),
  unsupported: z.boolean().default(false),
});
const waves = z.strictObject({
  canary: count.default(1),
  percent: z.number().gt(0).max(100).default(25),
  max: z.int().min(1).max(100_000).default(50),
  bakeSeconds: z.int().min(0).max(86_400).default(300),
});
const sweep = z.strictObject({
  dailyBytes: bytes.default(50e9),
  images: z.enum(['running', 'newest', 'all']).default('newest'),
  forget: z.boolean().default(false),
  keepDays: z.int().min(1).max(3_650).default(90),
  keepHistoryDays: z.int().min(30).max(36_500).default(400),
});
const trust = z.strictObject({ sbom: z.array(glob).max(200).default([]), vex: z.array(glob).max(200).default([]) });

const policy = z.strictObject({
  version: z.literal(1).optional(),
  mode: mode.default('observe'),
  services: z.array(service).max(1000).default([]),
  alert: alert.prefault({}),
  block: block.prefault({}),
  ignore: z.array(exception).max(5000).default([]),
  newer: z.array(newer).max(1000).default([]),
  waves: waves.prefault({}),
  bases: z.array(glob).max(200).default([]),
  sweep: sweep.prefault({}),
  attach: z
    .array(z.enum(['sbom']))
    .max(1)
    .default([]),
  trust: trust.prefault({}),
});

const written = policy.extend({ ignore: z.array(writtenException).max(5000).default([]) });

/** The shape of a policy that is stored; everything may be left out, nothing else may be in it. */
export const policySchema = policy.transform(({ version: _version, ...rest }): Policy => rest);

/** The shape of a file that somebody writes: each of its exceptions has an owner. */
export const writtenPolicySchema = written.transform(({ version: _version, ...rest }): Policy => rest);

/** The names that each object of the file knows; `*` stands for an index. */
export const knownNames: Readonly<Record<string, readonly string[]>> = {
  '': Object.keys(policy.shape),
  'services.*': Object.keys(service.shape),
  alert: Object.keys(alert.shape),
  block: Object.keys(block.shape),
  'ignore.*': Object.keys(exceptionFields.shape),
  'ignore.*.scope': Object.keys(scope.shape),
  'newer.*': Object.keys(newer.shape),
  waves: Object.keys(waves.shape),
  sweep: Object.keys(sweep.shape),
  trust: Object.keys(trust.shape),
};

/** What holds when no policy was written: look, tell what is high or exploited, change nothing. */
export const defaultPolicy: Policy = policySchema.parse({});
