import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf, OCI_INDEX, OCI_MANIFEST } from '#shared/oci';
import { pageOf } from '../../../local/registry/paging.ts';
import { type Answer, aRegistry, codeOf, imageManifest, type Running } from './a-registry.ts';

const CONFIG = Buffer.from('{}');
const SUBJECT = Buffer.from(JSON.stringify(imageManifest(CONFIG, [])));
const subject = { mediaType: OCI_MANIFEST, digest: digestOf(SUBJECT), size: SUBJECT.length };

const json = (answer: Answer) => JSON.parse(answer.body.toString());

/** Follows the Link headers from a path, and gives the pages. */
async function pages(registry: Running, path: string): Promise<Answer[]> {
  const all: Answer[] = [];
  for (let next: string | undefined = path; next !== undefined; ) {
    const answer: Answer = await registry.ask('GET', next);
    all.push(answer);
    next = /^<([^>]+)>; rel="next"$/.exec(String(answer.headers.link ?? ''))?.[1];
  }
  return all;
}

describe('tags/list', () => {
  test('lists tags in the order of their bytes, page by page', async () => {
    const registry = await aRegistry();
    const { body } = await registry.image('team/app', 'b', 'layer');
    for (const tag of ['a', 'B', '1.0', '_x', 'b-1']) await registry.manifest('team/app', tag, body);
    const sorted = ['1.0', 'B', '_x', 'a', 'b', 'b-1'];

    const whole = await registry.ask('GET', '/v2/team/app/tags/list');
    expect(json(whole)).toEqual({ name: 'team/app', tags: sorted });
    expect(whole.headers.link).toBeUndefined();

    const parts = await pages(registry, '/v2/team/app/tags/list?n=4');
    expect(parts.map((page) => json(page).tags)).toEqual([sorted.slice(0, 4), sorted.slice(4)]);
    expect(parts[0]?.headers.link).toBe('</v2/team/app/tags/list?n=4&last=a>; rel="next"');
    expect(json(await registry.ask('GET', '/v2/team/app/tags/list?last=C&n=1')).tags).toEqual(['_x']);
    const none = await registry.ask('GET', '/v2/team/app/tags/list?n=0');
    expect([json(none).tags, none.headers.link]).toEqual([[], undefined]);
  });

  test('of a repository without tags is empty, of none is not found', async () => {
    const registry = await aRegistry();
    await registry.blob('app', CONFIG);
    expect(json(await registry.ask('GET', '/v2/app/tags/list'))).toEqual({ name: 'app', tags: [] });
    const unknown = await registry.ask('GET', '/v2/other/tags/list');
    expect([unknown.status, codeOf(unknown)]).toEqual([404, 'NAME_UNKNOWN']);
  });

  test.each(['x', '-1', '1.5', '9999999999'])('refuses n=%s', async (n) => {
    const registry = await aRegistry();
    const answer = await registry.ask('GET', `/v2/app/tags/list?n=${n}`);
    expect([answer.status, codeOf(answer)]).toEqual([400, 'PAGINATION_NUMBER_INVALID']);
  });

  test('every page size gives every name once', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ minLength: 1 })), fc.integer({ min: 1, max: 9 }), (names, count) => {
        const got: string[] = [];
        let after: string | undefined;
        do {
          const page = pageOf(names, { count, after });
          got.push(...page.items);
          after = page.next;
        } while (after !== undefined);
        expect(got).toEqual([...names].sort());
      }),
    );
  });
});

describe('_catalog', () => {
  test('lists the repositories that hold a manifest, page by page', async () => {
    const registry = await aRegistry();
    for (const name of ['b', 'a/deep/er', 'a-b']) await registry.image(name, 'v1', name);
    await registry.blob('only/blobs', CONFIG);
    const parts = await pages(registry, '/v2/_catalog?n=2');
    expect(parts.map((page) => json(page).repositories)).toEqual([['a-b', 'a/deep/er'], ['b']]);
  });

  test('forgets one whose last manifest is deleted', async () => {
    const registry = await aRegistry();
    const { digest } = await registry.image('app', 'v1', 'layer');
    await registry.ask('DELETE', `/v2/app/manifests/${digest}`);
    expect(json(await registry.ask('GET', '/v2/_catalog'))).toEqual({ repositories: [] });
  });
});

describe('referrers', () => {
  async function withReferrers() {
    const registry = await aRegistry();
    await registry.blob('app', CONFIG);
    const push = async (more: object) => {
      const body = Buffer.from(JSON.stringify(imageManifest(CONFIG, [], { subject, ...more })));
      const put = await registry.manifest('app', digestOf(body), body);
      expect([put.status, put.headers['oci-subject']]).toEqual([201, subject.digest]);
      return { mediaType: OCI_MANIFEST, digest: digestOf(body), size: body.length };
    };
    return { registry, push };
  }

  test('are an index of descriptors, with artifact types and annotations, also before the subject is there', async () => {
    const { registry, push } = await withReferrers();
    const sbom = await push({ artifactType: 'application/x.sbom', annotations: { made: 'today' } });
    const plain = await push({});
    const listed = await registry.ask('GET', `/v2/app/referrers/${subject.digest}`);
    expect(listed.status).toBe(200);
    expect(listed.headers['content-type']).toBe(OCI_INDEX);
    const { manifests, ...index } = json(listed);
    expect(index).toEqual({ schemaVersion: 2, mediaType: OCI_INDEX });
    const expected = [
      { ...sbom, artifactType: 'application/x.sbom', annotations: { made: 'today' } },
      { ...plain, artifactType: 'application/vnd.oci.image.config.v1+json' },
    ];
    expect(manifests).toEqual(expected.sort((a, b) => (a.digest < b.digest ? -1 : 1)));
  });

  test('are filtered by artifact type, and the answer says so', async () => {
    const { registry, push } = await withReferrers();
    const sbom = await push({ artifactType: 'application/x.sbom' });
    await push({ artifactType: 'application/x.signature' });
    const listed = await registry.ask('GET', `/v2/app/referrers/${subject.digest}?artifactType=application%2Fx.sbom`);
    expect(listed.headers['oci-filters-applied']).toBe('artifactType');
    expect(json(listed).manifests.map((entry: { digest: string }) => entry.digest)).toEqual([sbom.digest]);
  });

  test('are none for what nobody names, in a repository that nobody made', async () => {
    const registry = await aRegistry();
    const listed = await registry.ask('GET', `/v2/app/referrers/${subject.digest}`);
    expect([listed.status, json(listed).manifests]).toEqual([200, []]);
  });

  test('go with their manifest', async () => {
    const { registry, push } = await withReferrers();
    const { digest } = await push({});
    await registry.ask('DELETE', `/v2/app/manifests/${digest}`);
    expect(json(await registry.ask('GET', `/v2/app/referrers/${subject.digest}`)).manifests).toEqual([]);
  });

  test('come in pages when an index of all would be larger than clients read', async () => {
    const { registry, push } = await withReferrers();
    const large = { pad: 'x'.repeat(1_500_000) };
    const pushed = [
      await push({ annotations: large, artifactType: 'a/1' }),
      await push({ annotations: large, artifactType: 'a/2' }),
    ];
    pushed.push(await push({ annotations: large, artifactType: 'a/3' }));
    const parts = await pages(registry, `/v2/app/referrers/${subject.digest}`);
    expect(parts.length).toBeGreaterThan(1);
    for (const page of parts) expect(page.body.length).toBeLessThan(4 * 1024 * 1024);
    expect(parts.flatMap((page) => json(page).manifests.map((entry: { digest: string }) => entry.digest))).toEqual(
      pushed.map((entry) => entry.digest).sort(),
    );
  });
});
