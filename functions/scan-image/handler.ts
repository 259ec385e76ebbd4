import { starterSource, wantFeed } from '#shared/advisories';
import { type BusEvent, ecrImageAction, imageWanted } from '#shared/events';
import {
  findingsOfImage,
  forgetUnreadable,
  isDamaged,
  isTold,
  keepUnreadable,
  markImageTold,
  type ScanPorts,
  scanImage,
  severityCounts,
  type Unreadable,
} from '#shared/findings';
import { extractorsVersion, type PackageKey, shardName } from '#shared/inventory';
import { canBeJudged } from '#shared/judging';
import { attestedByTag, type Digest, type ImageReference, OciError } from '#shared/oci';
import type { Emit } from '../emit.ts';
import { isFinal, makeQueueHandler, type QueueEvent, type QueueResult, type RecordFailure } from '../queue.ts';
import type { AttachSbom } from './attach-sbom.ts';
import { attachedTo } from './attached-to.ts';

/** What scan-image needs from outside. */
export interface ScanImagePorts extends ScanPorts {
  /** host name of the registry that an event of this account and region speaks of */
  readonly registryOf: (account: string, region: string) => string;
  /** whether an image of this repository may ask for advisories; the demonstration's live with the starter set */
  readonly wantsAdvisories?: (repository: string) => boolean;
  /** puts an SBOM beside each image that was read; absent where nothing may be written to a registry */
  readonly attachSbom?: AttachSbom;
  readonly emit: Emit;
  readonly report: (failure: RecordFailure) => void;
}

/** Reads each pushed or wanted image once, and tells what came of it. */
export function makeScanImage(ports: ScanImagePorts): (event: QueueEvent) => Promise<QueueResult> {
  return makeQueueHandler(async (event) => {
    const wanted = referenceOf(ports, event);
    if (wanted === undefined) return;
    if (!isAttachment(event, wanted)) return scanOne(ports, wanted);
    const { registry, repository } = wanted.reference;
    const digest = await attachedTo(ports, wanted.reference);
    if (digest !== undefined) await scanOne(ports, { reference: { registry, repository, digest }, again: true });
  }, ports.report);
}

/** A push of something that refers to an image, by ECR's own word or by the tag that cosign keeps attestations under. */
const isAttachment = (event: BusEvent, { reference: { tag } }: Wanted): boolean =>
  event['detail-type'] === 'ECR Referrer Action' || (tag !== undefined && attestedByTag(tag) !== undefined);

interface Wanted {
  readonly reference: ImageReference;
  readonly again: boolean;
  /** when the registry took it, ISO; absent when nothing says so */
  readonly pushedAt?: string;
}

function referenceOf(ports: ScanImagePorts, event: BusEvent): Wanted | undefined {
  if (event['detail-type'] === 'ImageWanted') {
    const { registry, repository, tag, digest, again, pushedAt } = imageWanted.parse(event.detail);
    return { reference: reference(registry, repository, tag, digest), again: again ?? false, ...pushed(pushedAt) };
  }
  const detail = ecrImageAction.parse(event.detail);
  if (detail['action-type'] !== 'PUSH' || detail.result !== 'SUCCESS') return undefined;
  const { 'image-tag': tag, 'image-digest': digest } = detail;
  if (tag === undefined && digest === undefined) return undefined;
  return {
    reference: reference(ports.registryOf(event.account, event.region), detail['repository-name'], tag, digest),
    again: false,
    ...pushed(event.time),
  };
}

/** A time in the one form that can be compared as text; nothing for what is no time. */
const pushed = (time: string | undefined): { readonly pushedAt?: string } => {
  const at = new Date(time ?? Number.NaN);
  return Number.isNaN(at.getTime()) ? {} : { pushedAt: at.toISOString() };
};

const reference = (registry: string, repository: string, tag?: string, digest?: string): ImageReference => ({
  registry,
  repository,
  ...(tag === undefined ? {} : { tag }),
  ...(digest === undefined ? {} : { digest: digest as Digest }),
});

async function scanOne(ports: ScanImagePorts, { reference, again, pushedAt }: Wanted): Promise<void> {
  const began = ports.now();
  const known =
    !again &&
    reference.tag === undefined &&
    reference.digest !== undefined &&
    (await isTold(ports.table, { ...reference, digest: reference.digest }, extractorsVersion));
  if (known) return;
  try {
    const result = await scanImage(ports, reference, pushedAt === undefined ? {} : { pushedAt });
    for (const image of result.images) {
      const view = await findingsOfImage(ports, image.head);
      await ports.emit('ImageScanned', {
        digest: image.head.digest,
        root: result.root,
        registry: reference.registry,
        repository: reference.repository,
        ...(reference.tag === undefined ? {} : { tag: reference.tag }),
        platform: image.head.platform,
        coverage: view.coverage,
        counts: severityCounts(view.findings),
        packages: image.head.packages,
        bytesFetched: image.bytesFetched,
        layersRead: image.layersRead,
        layersReused: image.layersReused,
        milliseconds: ports.now().getTime() - began.getTime(),
      });
    }
    if (ports.wantsAdvisories?.(reference.repository) !== false)
      await wantAdvisories(
        ports,
        result.images.flatMap((image) => image.inventory.packages.map((each) => each.key)),
      );
    const { registry, repository } = reference;
    for (const { digest, error } of result.absent)
      await tellUnreadable(ports, { registry, repository, digest, code: error.code, text: error.message }, began);
    await forgetUnreadable(ports.table, { ...reference, digest: result.root });
    const sound = result.images.filter((image) => !isDamaged(image.head)).map((image) => image.head.digest);
    for (const digest of sound) await forgetUnreadable(ports.table, { registry, repository, digest });
    for (const { head, inventory } of result.images)
      if (!isDamaged(head)) await attachSbom(ports, { registry, repository }, inventory, head.platform);
    // last: what is cut before here is read and told again, and so is what could not be read whole
    const whole = result.absent.length === 0 && sound.length === result.images.length;
    for (const digest of new Set([...(whole ? [result.root] : []), ...sound]))
      await markImageTold(ports.table, { registry, repository, digest }, extractorsVersion);
  } catch (error) {
    if (!(error instanceof OciError) || !isFinal(error)) throw error;
    const { registry, repository, tag, digest } = reference;
    const unreadable = {
      registry,
      repository,
      ...(tag === undefined ? {} : { tag }),
      ...(digest === undefined ? {} : { digest }),
      code: error.code,
      text: error.message,
    };
    await tellUnreadable(ports, unreadable, began);
  }
}

/** A registry that refuses an SBOM is reported, and the image is read all the same; one that is away is tried again with the message. */
async function attachSbom(
  ports: ScanImagePorts,
  ...[image, inventory, platform]: Parameters<AttachSbom>
): Promise<void> {
  try {
    await ports.attachSbom?.(image, inventory, platform);
  } catch (error) {
    if (!isFinal(error)) throw error;
    ports.report({ messageId: `the SBOM of ${image.repository}@${inventory.image}`, error, final: true });
  }
}

async function tellUnreadable(ports: ScanImagePorts, unreadable: Omit<Unreadable, 'at'>, began: Date): Promise<void> {
  await keepUnreadable(ports.table, { ...unreadable, at: began.toISOString() });
  await ports.emit('ImageUnreadable', unreadable);
}

/** Asks for the ecosystems that nothing is kept for yet: the first such image brings them, if the configured source may be used. */
async function wantAdvisories(ports: ScanImagePorts, keys: readonly PackageKey[]): Promise<void> {
  const known = (await ports.book.manifest()).shards;
  const missing = keys
    .filter((key) => canBeJudged(key.ecosystem) && (known[shardName(key)]?.source ?? starterSource) === starterSource)
    .map((key) => key.ecosystem);
  const ecosystems = [...new Set(missing)].sort().slice(0, 100);
  // known at once: the silent first look waits for them
  for (const ecosystem of ecosystems) await wantFeed(ports.table, ecosystem, ports.now());
  if (ecosystems.length > 0) await ports.emit('AdvisoriesWanted', { ecosystems });
}
