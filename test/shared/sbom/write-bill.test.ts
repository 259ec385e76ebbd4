import { describe, expect, test } from 'vitest';
import { type Bill, type SbomForm, type SbomVersion, sbomVersion, writeBill } from '#shared/sbom';
import { contentUuid } from '../../../shared/sbom/content-id.ts';
import { emptyBill, everyVersion, fullBill } from './bills.ts';

type Json = Readonly<Record<string, unknown>>;
const written = (version: SbomVersion, bill: Bill = fullBill): Json => JSON.parse(writeBill(bill, version)) as Json;
const form = (name: SbomForm, version: string): SbomVersion => {
  const found = sbomVersion(name, version);
  if (found === undefined) throw new Error(`there is no ${name} ${version}`);
  return found;
};
const list = (value: unknown): Json[] => value as Json[];

describe('every form', () => {
  test.each(everyVersion)('$form $version: the same bill is the same bytes, another one has another id', (version) => {
    expect(writeBill(structuredClone(fullBill), version)).toBe(writeBill(fullBill, version));
    const other = { ...fullBill, parts: fullBill.parts.map((part) => ({ ...part, version: `${part.version}1` })) };
    const ids = [fullBill, other].map((bill) => {
      const { serialNumber, documentNamespace, '@graph': graph } = written(version, bill);
      return serialNumber ?? documentNamespace ?? list(graph).find(({ type }) => type === 'SpdxDocument')?.spdxId;
    });
    expect(ids[0]).toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-5/);
    expect(ids[1]).not.toBe(ids[0]);
  });

  test.each(everyVersion)(
    '$form $version: nothing in it can speak to a terminal, and every name is still there',
    (version) => {
      const text = writeBill(fullBill, version);
      expect(text).not.toMatch(/[^\n\P{Cc}]|\p{Cf}|\p{Zl}|\p{Zp}/u);
      expect(JSON.stringify(JSON.parse(text))).toContain(JSON.stringify('app/bin/tool\u001b[2J').slice(1, -1));
    },
  );

  test.each(everyVersion)('$form $version: what a database lists twice is there once', (version) => {
    const [first] = fullBill.parts;
    const twice = { ...fullBill, parts: [...fullBill.parts, ...(first === undefined ? [] : [first])] };
    expect(writeBill(twice, version)).toBe(writeBill(fullBill, version));
  });

  test('an unknown version is none', () => {
    expect(sbomVersion('cyclonedx-json', '1.5')).toBeUndefined();
    expect(sbomVersion('spdx-json', undefined)).toEqual({ form: 'spdx-json', version: '3.0' });
  });
});

describe('CycloneDX', () => {
  test('says what the image is, of which layers, and that the list is not complete', () => {
    const { metadata, compositions } = written(form('cyclonedx-json', '1.7'));
    expect(metadata).toMatchObject({
      timestamp: '2024-05-06T07:08:09Z',
      component: {
        type: 'container',
        version: fullBill.subject.digest,
        hashes: [{ alg: 'SHA-256', content: 'a'.repeat(64) }],
      },
    });
    expect(JSON.stringify(metadata)).toContain('drydock:layer');
    expect(compositions).toEqual([{ aggregate: 'incomplete', assemblies: ['image'] }]);
    expect(written(form('cyclonedx-json', '1.7'), { ...fullBill, gaps: [] }).compositions).toMatchObject([
      { aggregate: 'complete' },
    ]);
  });

  test('gives a bill of any size the number of its content, and every package once in its order', () => {
    for (const count of [0, 3, 10_000, 10_001]) {
      const parts = Array.from({ length: count }, (_, at) => ({ name: `name${at}`, version: '1', licenses: ['MIT'] }));
      const { serialNumber, $schema, bomFormat, specVersion, ...content } = written(form('cyclonedx-json', '1.7'), {
        ...emptyBill,
        parts,
      });
      expect(list(content.components).map(({ name }) => name)).toEqual(parts.map(({ name }) => name));
      expect(serialNumber).toBe(`urn:uuid:${contentUuid(['1.7', JSON.stringify(content)])}`);
    }
  });

  test('writes identifiers, expressions and names of licences as what they are', () => {
    const licensesOf = (version: '1.6' | '1.7', licenses: readonly string[]) =>
      list(
        written(form('cyclonedx-json', version), {
          ...emptyBill,
          parts: [{ name: 'a', version: '1', licenses }],
        }).components,
      )[0]?.licenses;
    expect(licensesOf('1.6', ['mit'])).toEqual([{ license: { id: 'MIT' } }]);
    expect(licensesOf('1.6', ['MIT or apache-2.0'])).toEqual([{ expression: 'MIT OR Apache-2.0' }]);
    expect(licensesOf('1.6', ['Apache License, Version 2.0'])).toEqual([
      { license: { name: 'Apache License, Version 2.0' } },
    ]);
    // 1.6 has no list of expressions
    expect(licensesOf('1.6', ['MIT OR ISC', 'MIT'])).toEqual([
      { license: { name: 'MIT OR ISC' } },
      { license: { id: 'MIT' } },
    ]);
    expect(licensesOf('1.7', ['MIT OR ISC', 'MIT'])).toEqual([
      { expression: 'MIT OR ISC' },
      { license: { id: 'MIT' } },
    ]);
  });
});

describe('SPDX 2.3', () => {
  test('defines every LicenseRef that it uses', () => {
    const document = written(form('spdx-json', '2.3'));
    const used = JSON.stringify(list(document.packages).map((each) => each.licenseDeclared)).match(/LicenseRef-\w+/g);
    const defined = list(document.hasExtractedLicensingInfos).map(({ licenseId }) => licenseId);
    expect(new Set(used)).toEqual(new Set(defined));
    expect(defined.length).toBeGreaterThan(0);
    expect(list(document.packages).find(({ name }) => name === '@scope/name')?.licenseDeclared).toBe(
      '(MIT OR Apache-2.0) AND GPL-2.0+ WITH Classpath-exception-2.0',
    );
  });
});
