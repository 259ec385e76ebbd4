import { expect, test } from 'vitest';
import { billOfInventory } from '#shared/inventory';
import { type SbomVersion, writeBill } from '#shared/sbom';
import { cpeOf } from '../../../shared/inventory/classifiers/index.ts';
import { contentOf, recordedFiles } from './classifiers/recorded.ts';
import { elfFile } from './elf-builder.ts';
import { inventoryOf } from './images.ts';

test('given a program, then bills of every form name it by purl and by CPE', async () => {
  const nginx = recordedFiles.find(({ product }) => product === 'nginx');
  const content = elfFile({ code: contentOf(nginx ?? { bytes: [] }) });
  const inventory = await inventoryOf({ 'usr/local/nginx/sbin/nginx': { content, mode: 0o755 } });
  const bill = billOfInventory(inventory, { name: 'app', tool: { name: 'drydock', version: '0' } });

  expect(bill.parts).toMatchObject([
    { name: 'nginx', purl: 'pkg:generic/nginx@1.22.1', cpe: 'cpe:2.3:a:f5:nginx:1.22.1:*:*:*:*:*:*:*' },
  ]);
  const forms: readonly SbomVersion[] = [
    { form: 'cyclonedx-json', version: '1.6' },
    { form: 'cyclonedx-json', version: '1.7' },
    { form: 'spdx-json', version: '2.3' },
    { form: 'spdx-json', version: '3.0' },
  ];
  for (const form of forms) {
    const text = writeBill(bill, form);
    expect(text, JSON.stringify(form)).toContain('"pkg:generic/nginx@1.22.1"');
    expect(text, JSON.stringify(form)).toContain('"cpe:2.3:a:f5:nginx:1.22.1:*:*:*:*:*:*:*"');
  }
});

test('a CPE quotes what its form reserves, and any version stands for an unknown one', () => {
  expect(cpeOf({ cpe: 'erlang:erlang/otp' }, '26.1.2')).toBe('cpe:2.3:a:erlang:erlang\\/otp:26.1.2:*:*:*:*:*:*:*');
  expect(cpeOf({ cpe: 'oracle:openjdk' }, '17.0.9+9')).toBe('cpe:2.3:a:oracle:openjdk:17.0.9\\+9:*:*:*:*:*:*:*');
  expect(cpeOf({ cpe: 'hashicorp:vault' }, 'unknown')).toBe('cpe:2.3:a:hashicorp:vault:*:*:*:*:*:*:*:*');
});
