import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { SbomVersion } from '#shared/sbom';

// both are CommonJS with a default inside of the default: this is what is used of them
interface Validator {
  addSchema(schema: object, id: string): unknown;
  addFormat(name: string, check: (text: string) => boolean): unknown;
  compile(schema: object): Check;
}
interface Check {
  (document: unknown): boolean;
  readonly errors?: readonly { readonly instancePath: string; readonly message?: string }[] | null;
}
type Draft = new (options: object) => Validator;

const require = createRequire(import.meta.url);
const { default: Draft7 } = require('ajv') as { readonly default: Draft };
const { default: Draft2020 } = require('ajv/dist/2020') as { readonly default: Draft };
const { default: addFormats } = require('ajv-formats') as { readonly default: (validator: Validator) => unknown };

type Json = Readonly<Record<string, unknown>>;
const cycloneDxFolder = path.join(
  path.dirname(require.resolve('@cyclonedx/cyclonedx-library/package.json')),
  'res/schema',
);
const cycloneDxSchema = (name: string): Json =>
  JSON.parse(readFileSync(path.join(cycloneDxFolder, `${name}.SNAPSHOT.schema.json`), 'utf8')) as Json;
const spdxSchema = (version: string): Json =>
  JSON.parse(
    gunzipSync(readFileSync(new URL(`./fixtures/spdx-${version}.schema.json.gz`, import.meta.url))).toString('utf8'),
  ) as Json;

/** The identifiers of licences and exceptions that CycloneDX takes: those of the SPDX License List. */
export const listedLicenses: ReadonlySet<string> = new Set(cycloneDxSchema('spdx').enum as readonly string[]);

const validator = (draft: Draft): Validator => {
  const made = new draft({ strict: false, allErrors: true });
  addFormats(made);
  return made;
};

function cycloneDx(version: string): Check {
  const made = validator(Draft7);
  // nothing that is written is of these formats; what begins to be must bring a check of them along
  for (const name of ['iri-reference', 'idn-email']) made.addFormat(name, () => false);
  for (const name of ['spdx', 'jsf-0.82', 'cryptography-defs'])
    made.addSchema(cycloneDxSchema(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);
  return made.compile(cycloneDxSchema(`bom-${version}`));
}

const checks = new Map<string, Check>();
function checkOf({ form, version }: SbomVersion): Check {
  const id = `${form} ${version}`;
  const check =
    checks.get(id) ??
    (form === 'cyclonedx-json'
      ? cycloneDx(version)
      : version === '2.3'
        ? validator(Draft7).compile(spdxSchema('2.3'))
        : validator(Draft2020).compile(spdxSchema('3.0.1')));
  checks.set(id, check);
  return check;
}

/** What the official schema of a form finds wrong in a document: where, and what; empty when it is valid. */
export function schemaErrors(document: unknown, version: SbomVersion): readonly string[] {
  const check = checkOf(version);
  if (check(document)) return [];
  return (check.errors ?? []).slice(0, 20).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
}
