import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeApi } from '#functions/api';
import { makeScanImage } from '#functions/scan-image';
import { type Registry, startRegistry } from '#local/registry/index';
import { findingsOfImage, readImageHead, readProblem, reconcileWorkload, severityCounts } from '#shared/findings';
import { attachReferrer, openRegistry, pushImage } from '#shared/oci';
import { checkout } from '../../local/demo/images.ts';
import { heartbleed, world } from '../shared/findings/world.ts';
import { temporaryFolder } from '../shared/oci/stored.ts';
import { batch, envelope, listening } from './envelopes.ts';

const id = '1/local/demo/checkout';
const key = { finding: 'DSA-2896-1', shard: 'Debian:7', name: 'openssl' };

/** An OpenVEX document that says of Heartbleed in a product that it does no harm. */
const vex = (product: object, fields: object = {}): string =>
  JSON.stringify({
    '@context': 'https://openvex.dev/ns/v0.2.0',
    '@id': 'https://vex.example/1',
    author: 'team-a',
    timestamp: '2026-01-01T00:00:00Z',
    version: 1,
    statements: [
      {
        vulnerability: { name: 'CVE-2014-0160' },
        products: [product],
        status: 'not_affected',
        justification: 'inline_mitigations_already_exist',
        ...fields,
      },
    ],
  });
const said = 'VEX of team-a: not affected, inline mitigations already exist';

describe('a VEX document that is brought to the stack', () => {
  const setUp = async () => {
    const made = world({ records: [heartbleed] });
    const digest = made.push('checkout', '1', checkout('1', 'vulnerable').image);
    await made.scan('checkout', '1');
    await made.run('checkout', 'checkout', digest);
    await reconcileWorkload(made.ports, id);
    let changed = 0;
    const unused = async () => undefined;
    const api = makeApi({
      ...made.ports,
      bases: async () => [],
      policyChanged: async () => {
        changed += 1;
        await reconcileWorkload(made.ports, id);
      },
      remedy: { plans: async () => [], rollouts: async () => [], rollout: unused, approve: unused, stop: unused },
    });
    const put = (body: string, query: Record<string, string> = {}, principal: string | undefined = 'ann') =>
      api({ method: 'PUT', path: '/vex', query, body, ...(principal === undefined ? {} : { principal }) });
    const view = async () => {
      const head = await readImageHead(made.table, digest);
      return findingsOfImage(made.ports, head!);
    };
    return { made, digest, api, put, view, changed: () => changed };
  };

  it.each<[string, (digest: string) => object, boolean]>([
    ['the package', () => ({ '@id': 'pkg:deb/debian/openssl' }), true],
    ['the image by digest', (digest) => ({ '@id': `pkg:oci/checkout@${digest}` }), true],
    ['the repository', () => ({ '@id': 'pkg:oci/checkout?repository_url=registry.test/checkout' }), true],
    ['another repository', () => ({ '@id': 'pkg:oci/checkout?repository_url=registry.test/other' }), false],
    ['another digest', () => ({ '@id': `pkg:oci/checkout@sha256:${'0'.repeat(64)}` }), false],
  ])('about %s hides the finding, with why, and counts it: %s', async (_, product, hides) => {
    const { digest, put, view, made, changed } = await setUp();
    const names = (await view()).findings.map(({ package: { name } }) => name);
    const own = names.includes('openssl') ? 'pkg:deb/debian/openssl' : `pkg:deb/debian/${names[0]}`;
    const about = product(digest);
    const given = JSON.stringify(about).includes('pkg:deb') ? { '@id': own } : about;
    expect((await put(vex(given))).body).toMatchObject({ id: 'https://vex.example/1', statements: 1, by: 'ann' });
    expect(changed()).toBe(1);
    const { findings } = await view();
    expect(findings.map(({ hidden }) => hidden).filter((each) => each === said).length > 0).toBe(hides);
    const hidden = findings.filter((each) => each.hidden !== undefined);
    expect(severityCounts(findings).hidden).toBe(hidden.length);
    const problem = await readProblem(made.table, key);
    if (hidden.length === findings.length)
      expect(problem).toMatchObject({
        state: 'resolved',
        history: [
          { transition: 'NEW' },
          { transition: 'WITHDRAWN', text: 'neither the advisories nor VEX say any more that what runs is affected' },
        ],
      });
    else expect(problem?.state).toBe('open');
  });

  it('that is taken back by one of its id that says nothing shows the finding again', async () => {
    const { put, view, digest } = await setUp();
    await put(vex({ '@id': `pkg:oci/checkout@${digest}` }));
    await put(JSON.stringify({ ...JSON.parse(vex({})), statements: [] }));
    expect((await view()).findings.every(({ hidden }) => hidden === undefined)).toBe(true);
  });

  it('annotates without hiding while it is looked at', async () => {
    const { put, view, digest } = await setUp();
    await put(
      vex({ '@id': `pkg:oci/checkout@${digest}` }, { status: 'under_investigation', justification: undefined }),
    );
    const { findings } = await view();
    expect(findings[0]).toMatchObject({ vex: { status: 'under_investigation', by: 'team-a' } });
    expect(findings[0]?.hidden).toBeUndefined();
  });

  it('is listed, tried without being taken, and refused for what it is', async () => {
    const { put, api, changed } = await setUp();
    const get = () => api({ method: 'GET', path: '/vex', query: {} });
    const document = vex({ '@id': 'pkg:npm/a' });
    expect((await put(document, { dryRun: 'true' })).body).toMatchObject({ dryRun: true, statements: 1 });
    expect((await get()).body).toEqual([]);
    expect((await put(document, {}, undefined)).status).toBe(200);
    expect((await api({ method: 'PUT', path: '/vex', query: {}, body: document })).status).toBe(401);
    expect((await put('{}')).body).toEqual({ error: expect.stringContaining('no VEX document') });
    expect((await get()).body).toMatchObject([{ id: 'https://vex.example/1', author: 'team-a', form: 'openvex' }]);
    expect(changed()).toBe(1);
  });
});

describe('a VEX document that is attached to an image', () => {
  let registry: Registry;
  beforeAll(async () => {
    registry = await startRegistry({ folder: path.join(temporaryFolder(), 'registry') });
  });
  afterAll(() => registry.close());

  /** Pushes an image with a document beside it, and scans it. */
  const scanned = async (repository: string, document: (digest: string) => string, trusted: boolean) => {
    const made = world({ records: [heartbleed] });
    const { source, descriptor } = checkout('1', 'vulnerable').image;
    const reference = { registry: registry.host, repository, digest: descriptor.digest };
    await pushImage(source, { registry: registry.host, repository, tag: '1' });
    await attachReferrer(reference, {
      artifactType: 'application/vnd.openvex+json',
      bytes: Buffer.from(document(descriptor.digest)),
    });
    const handle = makeScanImage({
      ...made.ports,
      ...listening(),
      open: async (wanted) => openRegistry(wanted),
      registryOf: () => registry.host,
      wantsAdvisories: () => false,
      report: ({ error }) => {
        throw error;
      },
      trustsVex: async () => trusted,
    });
    expect(await handle(batch(envelope('ImageWanted', { ...reference, again: true })))).toEqual({
      batchItemFailures: [],
    });
    const head = await readImageHead(made.table, descriptor.digest);
    return (await findingsOfImage(made.ports, head!)).findings;
  };

  it('counts where the policy believes the repository, and nowhere else', async () => {
    const document = (digest: string) => vex({ '@id': `pkg:oci/app@${digest}` });
    const believed = await scanned('team/believed', document, true);
    expect(believed.length).toBeGreaterThan(0);
    expect(believed.every(({ hidden }) => hidden === said)).toBe(true);
    const strange = await scanned('team/strange', document, false);
    expect(strange.every(({ hidden, vex: answer }) => hidden === undefined && answer === undefined)).toBe(true);
  });

  it('that cannot be read says nothing, and the image is read all the same', async () => {
    const findings = await scanned('team/broken', () => '{"@context": "https://openvex.dev/ns', true);
    expect(findings.length).toBeGreaterThan(0);
    expect(findings.every(({ hidden }) => hidden === undefined)).toBe(true);
  });
});
