import type { BusEvent } from '#shared/events';
import type { RegistryPush } from '../registry/index.ts';

/**
 * What ECR says of a push, with its real fields (aws.md section 1.2): our registry speaks as the service would. What refers to an image has an event of its own, which only the
 * rule for attached VEX takes: an attached SBOM is no image to read.
 */
export const ecrPush = (
  push: RegistryPush,
  at: { readonly account: string; readonly region: string; readonly id: string },
): BusEvent => ({
  version: '0',
  id: at.id,
  'detail-type': push.subject === undefined ? 'ECR Image Action' : 'ECR Referrer Action',
  source: 'aws.ecr',
  account: at.account,
  time: push.at.toISOString(),
  region: at.region,
  resources: [],
  detail: {
    'action-type': 'PUSH',
    result: 'SUCCESS',
    'repository-name': push.repository,
    'image-digest': push.digest,
    ...(push.tag === undefined ? {} : { 'image-tag': push.tag }),
    'manifest-media-type': push.mediaType,
    ...(push.artifactType === undefined ? {} : { 'artifact-media-type': push.artifactType }),
  },
});
