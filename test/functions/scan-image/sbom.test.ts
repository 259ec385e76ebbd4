import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeScanImage } from '#functions/scan-image';
import { type Registry, startRegistry } from '#local/registry/index';
import { findingsOfImage, readImageHead, readInventoryOf } from '#shared/findings';
import { attachReferrer, type BuiltImage, buildImage, openRegistry, pushImage, RegistryRefused } from '#shared/oci';
import { defaultPolicy, parsePolicy, trustsSbomOf } from '#shared/policy';
import { makeAttachSbom } from '../../../functions/scan-image/attach-sbom.ts';
import { checkout } from '../../../local/demo/images.ts';
import { heartbleed, world } from '../../shared/findings/world.ts';
import { temporaryFolder } from '../../shared/oci/stored.ts';
import { batch, envelope, listening } from '../envelopes.ts';

const artifactType = 'application/vnd.cyclonedx+json';
let registry: Registry;
let count = 0;
let repository = '';
beforeAll(async () => {
  registry = await startRegistry({ folder: path.join(temporaryFolder(), 'registry') });
});
afterAll(() => registry.close());
beforeEach(() => {
  count += 1;
  repository = `team/app${count}`;
});

const push = async ({ source, descriptor }: BuiltImage) => {
  await pushImage(source, { registry: registry.host, repository, tag: '1' });
  return descriptor.digest;
};
const at = (digest: BuiltImage['descriptor']['digest']) => ({ registry: registry.host, repository, digest });
const attached = async (digest: BuiltImage['descriptor']['digest']) => {
  const source = openRegistry(at(digest));
  const listed = await source.referrers(digest, artifactType);
  await source.close();
  return listed;
};

/** One world with its registry: what policy says is given. */
const setUp = ({ attach = false, trust = false }: { readonly attach?: boolean; readonly trust?: boolean }) => {
  const made = world({ records: [heartbleed] });
  const heard = listening();
  const reports: unknown[] = [];
  const handle = makeScanImage({
    ...made.ports,
    ...heard,
    open: async (reference) => openRegistry(reference),
    registryOf: () => registry.host,
    wantsAdvisories: () => false,
    report: (failure) => reports.push(failure),
    ...(trust ? { trustsSbom: async () => true } : {}),
    attachSbom: makeAttachSbom({
      wanted: async () => attach,
      attach: (...args) => attachReferrer(...args),
      version: '1',
    }),
  });
  const scan = async (digest: BuiltImage['descriptor']['digest']) => {
    const wanted = envelope('ImageWanted', { ...at(digest), again: true });
    expect(await handle(batch(wanted))).toEqual({ batchItemFailures: [] });
    const head = (await readImageHead(made.table, digest, { consistent: true }))!;
    const { findings, coverage } = await findingsOfImage(made.ports, head);
    return { head, findings, coverage, inventory: (await readInventoryOf(made.blobs, head))! };
  };
  return { made, heard, reports, scan };
};

describe('attaching SBOMs', () => {
  it('does so when policy asks, once for the same image', async () => {
    const digest = await push(checkout('1', 'vulnerable').image);
    const { scan } = setUp({ attach: true });
    await scan(digest);
    await scan(digest);
    expect(await attached(digest)).toHaveLength(1);
  });

  it('does nothing by default', async () => {
    expect(defaultPolicy).toMatchObject({ attach: [], trust: { sbom: [] } });
    const digest = await push(checkout('1', 'vulnerable').image);
    await setUp({}).scan(digest);
    expect(await attached(digest)).toEqual([]);
  });

  it('that the registry refuses is reported, and the image is read all the same', async () => {
    const digest = await push(checkout('1', 'vulnerable').image);
    const made = world({ records: [heartbleed] });
    const reports: { error: unknown; final: boolean }[] = [];
    const heard = listening();
    const handle = makeScanImage({
      ...made.ports,
      ...heard,
      open: async (reference) => openRegistry(reference),
      registryOf: () => registry.host,
      wantsAdvisories: () => false,
      report: (failure) => reports.push(failure),
      attachSbom: async () => {
        throw new RegistryRefused('app', 403, 'denied', 'Ask.');
      },
    });
    expect(await handle(batch(envelope('ImageWanted', at(digest))))).toEqual({ batchItemFailures: [] });
    expect(heard.types()).toEqual(['ImageScanned']);
    expect(reports).toMatchObject([{ final: true, error: { code: 'registry-refused' } }]);
  });
});

describe('trusting attached SBOMs', () => {
  it('reads no layer where policy says so, and finds the same', async () => {
    const digest = await push(checkout('1', 'vulnerable').image);
    const read = await setUp({ attach: true }).scan(digest);
    const { scan, heard } = setUp({ trust: true });
    const trusted = await scan(digest);
    expect(trusted.inventory.origin).toMatchObject({ kind: 'sbom', form: 'CycloneDX 1.7', tool: 'drydock 1' });
    expect(heard.emitted[0]?.detail).toMatchObject({ layersRead: 0, layersReused: 0, bytesFetched: 0 });
    // which packages its programs need is read of the programs themselves
    expect(trusted.findings.map(({ inUse: _, ...finding }) => finding)).toEqual(
      read.findings.map(({ inUse: _, ...finding }) => finding),
    );
    expect(new Set(trusted.findings.map(({ inUse }) => inUse?.state))).toEqual(new Set(['unknown']));
    expect(trusted.head).toMatchObject({
      sets: read.head.sets,
      layers: read.head.layers,
      extractors: read.head.extractors,
    });
    expect(trusted.coverage).toEqual(read.coverage);
  });

  it('believes none by default, none of another image, and none that cannot be read', async () => {
    const digest = await push(checkout('1', 'vulnerable').image);
    const other = buildImage({ layers: [] });
    const lie = (subject: string) => ({
      artifactType,
      bytes: Buffer.from(
        JSON.stringify({
          bomFormat: 'CycloneDX',
          specVersion: '1.6',
          metadata: { component: { type: 'container', name: 'app', version: subject } },
          components: [{ type: 'library', name: 'a', version: '1', purl: 'pkg:npm/a@1' }],
        }),
      ),
    });
    await attachReferrer(at(digest), lie(other.descriptor.digest));
    await attachReferrer(at(digest), { artifactType, bytes: Buffer.from('{"bomFormat":') });
    const wary = await setUp({ trust: true }).scan(digest);
    expect(wary.inventory.origin).toBeUndefined();
    expect(wary.findings.length).toBeGreaterThan(0);
    await attachReferrer(at(digest), lie(digest));
    const careful = await setUp({}).scan(digest);
    expect(careful.inventory.origin).toBeUndefined();
    const trusting = await setUp({ trust: true }).scan(digest);
    expect(trusting.inventory.packages.map(({ key }) => key.name)).toEqual(['a']);
  });

  it('is by repository, with or without its registry', () => {
    const parsed = parsePolicy('trust: { sbom: ["team/*", "ghcr.io/owner/app"] }\nattach: [sbom]\n');
    if (!('policy' in parsed)) throw new Error(JSON.stringify(parsed.errors));
    const trusts = (name: string, where: string) => trustsSbomOf(parsed.policy, { registry: where, repository: name });
    expect(parsed.policy.attach).toEqual(['sbom']);
    expect(trusts('team/api', 'r.test')).toBe(true);
    expect(trusts('owner/app', 'ghcr.io')).toBe(true);
    expect(trusts('owner/app', 'r.test')).toBe(false);
    expect(trusts('other/api', 'r.test')).toBe(false);
    expect(parsePolicy('trust: { sboms: [] }\n')).toMatchObject({
      errors: [{ path: 'trust.sboms', text: 'unknown key; did you mean sbom?' }],
    });
  });
});
