import { createHash } from 'node:crypto';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeApi } from '#functions/api';
import { makeScanImage } from '#functions/scan-image';
import { type Registry, startRegistry } from '#local/registry/index';
import { findingsOfImage, readImageHead, readProblem, reconcileWorkload, severityCounts } from '#shared/findings';
import { attachReferrer, attestationTag, type Digest, openRegistry, pushImage, RegistryClient } from '#shared/oci';
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
      remedy: { plans: unused, plan: unused, rollouts: unused, rollout: unused, approve: unused, stop: unused },
    });
    const put = (body: string, query: Record<string, string> = {}, principal: string | undefined = 'ann') =>
      api({ method: 'PUT', path: '/vex', query, body, ...(principal === undefined ? {} : { principal }) });
    const view = async () => {
      const head = await readImageHead(made.table, digest);
      return findingsOfImage(made.ports, head!);
    };
    const remove = (document: string, query: Record<string, string> = {}, principal: string | undefined = 'bob') =>
      api({
        method: 'DELETE',
        path: `/vex/${encodeURIComponent(document)}`,
        query,
        ...(principal === undefined ? {} : { principal }),
      });
    return { made, digest, api, put, remove, view, changed: () => changed };
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

  it('is taken back by its id, after a dry run, and who did that and when stays', async () => {
    const { put, remove, api, view, digest, changed } = await setUp();
    const list = async (query: Record<string, string> = {}) => {
      const { body } = await api({ method: 'GET', path: '/vex', query });
      return (body as { documents: object[] }).documents;
    };
    await put(vex({ '@id': `pkg:oci/checkout@${digest}` }));
    const document = 'https://vex.example/1';
    expect(await remove(document, { dryRun: 'true' })).toMatchObject({
      status: 200,
      body: { dryRun: true, id: document },
    });
    expect((await remove(document)).body).toMatchObject({ id: document, removed: { by: 'bob' } });
    const { findings } = await view();
    expect(findings.every(({ hidden }) => hidden === undefined)).toBe(true);
    expect(changed()).toBe(2);
    expect(await list()).toEqual([]);
    expect(await list({ all: 'true' })).toMatchObject([
      { id: document, by: 'ann', removed: { by: 'bob', at: expect.stringMatching(/^2026-.*Z$/) } },
    ]);
    for (const again of [await remove(document), await remove(document, { dryRun: 'true' }), await remove('none')])
      expect(again.status).toBe(404);
    expect((await api({ method: 'DELETE', path: '/vex/x', query: {} })).status).toBe(401);
    expect((await remove(document, { all: 'true' })).status).toBe(400);
    // brought again it counts again
    await put(vex({ '@id': `pkg:oci/checkout@${digest}` }));
    expect((await view()).findings[0]?.hidden).toBe(said);
    expect(await list()).toHaveLength(1);
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
    expect((await get()).body).toEqual({ documents: [] });
    expect((await put(document, {}, undefined)).status).toBe(200);
    expect((await api({ method: 'PUT', path: '/vex', query: {}, body: document })).status).toBe(401);
    expect((await put('{}')).body).toEqual({ error: expect.stringContaining('no VEX document') });
    expect((await get()).body).toMatchObject({
      documents: [{ id: 'https://vex.example/1', author: 'team-a', form: 'openvex' }],
    });
    expect(changed()).toBe(1);
  });

  it('that is dated in the future does not outdo what is said later', async () => {
    const { made, put, view, digest } = await setUp();
    await put(vex({ '@id': `pkg:oci/checkout@${digest}` }, { timestamp: '9999-01-01T00:00:00Z' }));
    expect((await view()).findings.some(({ hidden }) => hidden === said)).toBe(true);
    const later = new Date(made.ports.now().getTime() + 1_000).toISOString();
    const other = vex({ '@id': `pkg:oci/checkout@${digest}` }, { status: 'affected', timestamp: later });
    await put(other.replace('https://vex.example/1', 'https://vex.example/2').replace('team-a', 'team-b'));
    const { findings } = await view();
    expect(findings.filter(({ vex: answer }) => answer?.by === 'team-b').length).toBeGreaterThan(0);
    expect(findings.every(({ hidden }) => hidden === undefined)).toBe(true);
  });

  it('under an id that is no key is refused, and none is found by it', async () => {
    const { put, remove, api, changed } = await setUp();
    const longest = `https://vex.example/${'%'.repeat(334)}`;
    for (const query of [{}, { dryRun: 'true' }] as const) {
      const answer = await put(vex({ '@id': 'pkg:npm/a' }).replace('https://vex.example/1', `${longest}%`), query);
      expect(answer).toMatchObject({ status: 400, body: { error: expect.stringContaining('too long') } });
      expect((await remove('x'.repeat(5_000), query)).status).toBe(404);
    }
    expect((await api({ method: 'GET', path: '/vex', query: {} })).body).toEqual({ documents: [] });
    expect(changed()).toBe(0);
    expect((await put(vex({ '@id': 'pkg:npm/a' }).replace('https://vex.example/1', longest))).status).toBe(200);
  });
});

describe('a VEX document that is attached to an image', () => {
  let registry: Registry;
  beforeAll(async () => {
    registry = await startRegistry({ folder: path.join(temporaryFolder(), 'registry') });
  });
  afterAll(() => registry.close());

  const bundle = 'application/vnd.dev.sigstore.bundle.v0.3+json';
  const handlerOf = (made: ReturnType<typeof world>, trusted: boolean) => {
    const heard = listening();
    const handle = makeScanImage({
      ...made.ports,
      ...heard,
      open: async (wanted) => openRegistry(wanted),
      registryOf: () => registry.host,
      wantsAdvisories: () => false,
      report: ({ error }) => {
        throw error;
      },
      trustsVex: async () => trusted,
    });
    const take = async (type: string, detail: object) =>
      expect(await handle(batch(envelope(type, detail)))).toEqual({ batchItemFailures: [] });
    return { take, heard };
  };
  const findingsIn = async (made: ReturnType<typeof world>, digest: Digest) =>
    (await findingsOfImage(made.ports, (await readImageHead(made.table, digest))!)).findings;

  /** Pushes an image; `attach` puts a document beside it, `scan` has it read. */
  const pushed = async (repository: string, trusted = true) => {
    const made = world({ records: [heartbleed] });
    const { source, descriptor } = checkout('1', 'vulnerable').image;
    const { digest } = descriptor;
    const reference = { registry: registry.host, repository, digest };
    await pushImage(source, { registry: registry.host, repository, tag: '1' });
    const { take, heard } = handlerOf(made, trusted);
    return {
      digest,
      heard,
      take,
      attach: (text: string, artifactType = 'application/vnd.openvex+json') =>
        attachReferrer(reference, { artifactType, bytes: Buffer.from(text) }),
      scan: () => take('ImageWanted', { ...reference, again: true }),
      findings: () => findingsIn(made, digest),
      hides: async () => (await findingsIn(made, digest)).every(({ hidden }) => hidden === said),
    };
  };
  const about = (digest: string) => vex({ '@id': `pkg:oci/app@${digest}` });
  /** As `cosign attest --type openvex` wraps it. */
  const attested = (digest: string, more: object = {}) => ({
    payloadType: 'application/vnd.in-toto+json',
    payload: Buffer.from(
      JSON.stringify({
        _type: 'https://in-toto.io/Statement/v0.1',
        predicateType: 'https://openvex.dev/ns/v0.2.0',
        subject: [{ name: 'registry.example/app', digest: { sha256: digest.replace('sha256:', '') } }],
        predicate: JSON.parse(about(digest)),
        ...more,
      }),
    ).toString('base64'),
    signatures: [{ keyid: '', sig: 'MEUCIQ==' }],
  });

  it('counts where the policy believes the repository, and nowhere else', async () => {
    const believed = await pushed('team/believed');
    await believed.attach(about(believed.digest));
    await believed.scan();
    expect((await believed.findings()).length).toBeGreaterThan(0);
    expect(await believed.hides()).toBe(true);
    const strange = await pushed('team/strange', false);
    await strange.attach(about(strange.digest));
    await strange.scan();
    for (const { hidden, vex: answer } of await strange.findings())
      expect([hidden, answer]).toEqual([undefined, undefined]);
  });

  it('that cannot be read says nothing, and the image is read all the same', async () => {
    const broken = await pushed('team/broken');
    await broken.attach('{"@context": "https://openvex.dev/ns');
    await broken.scan();
    expect((await broken.findings()).length).toBeGreaterThan(0);
    expect((await broken.findings()).every(({ hidden }) => hidden === undefined)).toBe(true);
  });

  it.each<[string, string, (digest: string) => object, boolean]>([
    ['a DSSE envelope', 'application/vnd.dsse.envelope.v1+json', (digest) => attested(digest), true],
    ['a Sigstore bundle', bundle, (digest) => ({ mediaType: bundle, dsseEnvelope: attested(digest) }), true],
    [
      'an in-toto statement',
      'application/vnd.in-toto+json',
      (digest) => JSON.parse(Buffer.from(attested(digest).payload, 'base64').toString('utf8')) as object,
      true,
    ],
    [
      'an attestation of another image',
      bundle,
      (digest) => attested(digest, { subject: [{ digest: { sha256: '0'.repeat(64) } }] }),
      false,
    ],
    [
      'an attestation of something else',
      bundle,
      (digest) => attested(digest, { predicateType: 'https://slsa.dev/provenance/v1' }),
      false,
    ],
    ['an envelope that is none', bundle, () => ({ payloadType: 'text/plain', payload: '*' }), false],
  ])('in %s counts as what it holds', async (name, type, document, hides) => {
    const image = await pushed(`team/${name.replaceAll(' ', '-').toLowerCase()}`);
    await image.attach(JSON.stringify(document(image.digest)), type);
    await image.scan();
    expect(await image.hides()).toBe(hides);
  });

  it('under the tag that cosign keeps attestations under counts too, by its subject', async () => {
    const image = await pushed('team/tagged');
    const client = new RegistryClient({ registry: registry.host, repository: 'team/tagged' });
    const put = async (envelope: object) => {
      const config = Buffer.from('{"architecture":"","os":"","config":{},"rootfs":{"type":"layers","diff_ids":[]}}');
      const layer = Buffer.from(JSON.stringify(envelope));
      for (const bytes of [config, layer])
        await client.pushBlob(descriptorOf('x', bytes), async () => Readable.from([bytes]));
      const manifest = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: 'application/vnd.oci.image.manifest.v1+json',
          config: descriptorOf('application/vnd.oci.image.config.v1+json', config),
          layers: [
            {
              ...descriptorOf('application/vnd.dsse.envelope.v1+json', layer),
              annotations: { predicateType: 'https://openvex.dev/ns/v0.2.0' },
            },
          ],
        }),
      );
      await client.putManifest(attestationTag(image.digest), 'application/vnd.oci.image.manifest.v1+json', manifest);
    };
    const push = {
      'action-type': 'PUSH',
      result: 'SUCCESS',
      'repository-name': 'team/tagged',
      'image-tag': attestationTag(image.digest),
    };
    await image.scan();
    await put(attested(image.digest, { subject: [{ digest: { sha256: '0'.repeat(64) } }] }));
    await image.take('ECR Image Action', push);
    expect(await image.hides()).toBe(false);
    await put(attested(image.digest));
    await image.take('ECR Image Action', push);
    expect(await image.hides()).toBe(true);
    expect(image.heard.types().filter((type) => type === 'ImageUnreadable')).toEqual([]);
    client.close();
  });

  it('after it was read is taken when the registry says so, without reading a layer again', async () => {
    const image = await pushed('team/later');
    await image.scan();
    const { digest } = await image.attach(about(image.digest));
    const push = { 'action-type': 'PUSH', result: 'SUCCESS', 'repository-name': 'team/later', 'image-digest': digest };
    expect(await image.hides()).toBe(false);
    await image.take('ECR Referrer Action', push);
    expect(await image.hides()).toBe(true);
    const scans = image.heard.emitted.filter(({ type }) => type === 'ImageScanned');
    expect(scans.map(({ detail }) => detail)).toMatchObject([
      { layersRead: 2 },
      { layersRead: 0, digest: image.digest },
    ]);
    // a signature refers to nothing that was read, and an image that nobody read takes it along when it is
    const fresh = await pushed('team/fresh');
    const first = await fresh.attach(about(fresh.digest));
    await fresh.take('ECR Referrer Action', { ...push, 'repository-name': 'team/fresh', 'image-digest': first.digest });
    await fresh.take('ECR Referrer Action', { ...push, 'image-digest': `sha256:${'0'.repeat(64)}` });
    expect(fresh.heard.types()).toEqual([]);
  });
});

const descriptorOf = (mediaType: string, bytes: Buffer) => ({
  mediaType,
  size: bytes.length,
  digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest,
});
