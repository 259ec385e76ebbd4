import { describe, expect, test } from 'vitest';
import { inventoryOf, named } from './images.ts';

const pubspec = (name: string, version?: string): string => `name: ${name}
description: >-
  A composable API for making requests.
  version: 9.9.9
${version === undefined ? '' : `version: ${version}\n`}repository: https://example.org/${name}

environment:
  sdk: ^3.4.0

dependencies:
  async: ^2.5.0
  meta:
    version: 1.0.0
`;

describe('Dart packages', () => {
  test('given what pub keeps, then hosted packages and checkouts are found', async () => {
    const sha = '0123456789abcdef0123456789abcdef01234567';
    const inventory = await inventoryOf({
      'root/.pub-cache/hosted/pub.dev/http-0.13.2/pubspec.yaml': pubspec('http', '0.13.2 # newest'),
      'root/.pub-cache/hosted/pub.dartlang.org/shelf-1.4.1+1/pubspec.yaml': pubspec('"shelf"', "'1.4.1+1'"),
      'root/.pub-cache/hosted/pub.dev/old-1.0.0/pubspec.yaml': pubspec('old'),
      [`root/.pub-cache/git/dio-${sha}/pubspec.yaml`]: pubspec('dio', '5.0.0-dev.1'),
    });
    expect(named(inventory)).toEqual(['dio@5.0.0-dev.1', 'http@0.13.2', 'old@1.0.0', 'shelf@1.4.1+1']);
    expect(inventory.packages[1]).toMatchObject({
      type: 'pub',
      key: { ecosystem: 'Pub', name: 'http', version: '0.13.2' },
      purl: 'pkg:pub/http@0.13.2',
    });
  });

  test('given projects and examples of packages, then they are not installed', async () => {
    const inventory = await inventoryOf({
      'app/pubspec.yaml': pubspec('app', '1.0.0'),
      'root/.pub-cache/hosted/pub.dev/http-0.13.2/example/pubspec.yaml': pubspec('example', '1.0.0'),
    });
    expect(inventory.packages).toEqual([]);
  });

  test('given files without a name, hostile ones, and a checkout without a version, then each is a reason', async () => {
    const sha = 'a'.repeat(40);
    const inventory = await inventoryOf({
      'c/hosted/pub.dev/a-1.0.0/pubspec.yaml': 'version: 1.0.0\n',
      'c/hosted/pub.dev/b-1.0.0/pubspec.yaml': pubspec('"<b>"', '1.0.0'),
      [`c/pub-cache/git/d-${sha}/pubspec.yaml`]: pubspec('d'),
    });
    expect(inventory.packages).toEqual([]);
    expect(inventory.coverage.reasons.map(({ code, path }) => [code, path])).toEqual([
      ['unreadable-evidence', 'c/hosted/pub.dev/a-1.0.0/pubspec.yaml'],
      ['unreadable-evidence', 'c/hosted/pub.dev/b-1.0.0/pubspec.yaml'],
      ['unknown-version', `c/pub-cache/git/d-${sha}/pubspec.yaml`],
      ['unknown-distribution', undefined],
    ]);
  });
});
