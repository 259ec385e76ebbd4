import * as z from 'zod';
import { coverageCodes } from './coverage-codes.ts';
import { executablesForm } from './executables-form.ts';
import { packageTypes } from './layer-facts.ts';

const at = { path: z.string(), order: z.number().int().nonnegative() };
const system = z.enum(['dpkg', 'opkg', 'apk', 'rpm', 'pacman', 'portage', 'chisel']);
const found = z.object({
  type: z.enum(packageTypes),
  name: z.string(),
  version: z.string(),
  source: z.string().exactOptional(),
  sourceVersion: z.string().exactOptional(),
  architecture: z.string().exactOptional(),
  module: z.string().exactOptional(),
  vendor: z.string().exactOptional(),
  supplier: z.string().exactOptional(),
  licenses: z.array(z.string()).exactOptional(),
  inner: z.string().exactOptional(),
  needsAny: z.array(z.string()).exactOptional(),
  qualifiers: z.record(z.string(), z.string()).exactOptional(),
  bundled: z.enum(['shaded', 'vendored', 'tooling']).exactOptional(),
  linked: z.array(z.string()).exactOptional(),
});
const evidence = z.discriminatedUnion('kind', [
  z.object({
    ...at,
    kind: z.literal('packages'),
    packages: z.array(found),
    database: z
      .object({
        system,
        home: z.string(),
        root: z.string(),
        needsFolder: z.string().exactOptional(),
        unless: z.string().exactOptional(),
      })
      .exactOptional(),
    unlessOwned: z.literal(true).exactOptional(),
    onlyAs: z.literal('npm-package').exactOptional(),
  }),
  z.object({
    ...at,
    kind: z.literal('owned'),
    system: z.enum([...system.options, 'nuget', 'conda', 'pypi', 'vcpkg']),
    home: z.string(),
    root: z.string(),
    owner: z.string(),
    /** start and end in the array of owned halves */
    paths: z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]),
  }),
  z.object({ ...at, kind: z.literal('installer'), by: z.enum(['rpm', 'deb']) }),
  z.object({ ...at, kind: z.literal('release'), text: z.string() }),
  z.object({
    ...at,
    kind: z.literal('unsupported'),
    what: z.string(),
    root: z.string(),
    database: z.boolean(),
    listedIn: z.string().exactOptional(),
  }),
  z.object({
    ...at,
    kind: z.literal('bill'),
    form: z.string(),
    packages: z.array(
      z.object({
        key: z.string(),
        purl: z.string(),
        type: z.string(),
        licenses: z.array(z.string()).exactOptional(),
        supplier: z.string().exactOptional(),
      }),
    ),
  }),
  z.object({ ...at, kind: z.literal('secret'), what: z.string() }),
  z.object({ ...at, kind: z.literal('trouble'), code: z.enum(coverageCodes), text: z.string() }),
]);
/** What the JSON of stored facts looks like: all but the paths and the owned halves. */
export const factsForm = z.object({
  blob: z.string().regex(/^sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})$/),
  size: z.number(),
  unpackedSize: z.number(),
  entries: z.number(),
  extractors: z.string(),
  state: z.enum(['whole', 'partial']),
  reasons: z.array(z.object({ code: z.enum(coverageCodes), text: z.string(), path: z.string().exactOptional() })),
  evidence: z.array(evidence),
  ...executablesForm,
  links: z.array(z.object({ ...at, target: z.string(), until: z.number().exactOptional() })),
  hardLinks: z.array(z.object({ ...at, target: z.string(), wanted: z.boolean(), alike: z.boolean() })),
});
/** The JSON of stored facts. */
export type FactsDocument = z.infer<typeof factsForm>;
