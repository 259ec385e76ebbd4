import { type ECRClient, paginateDescribeImages, paginateDescribeRepositories } from '@aws-sdk/client-ecr';
import { attachedVexTypes } from '#shared/findings';
import type { Digest } from '#shared/oci';
import { type RegistryCatalogue, RepositoryClosed } from '../catalogue.ts';

/** What ECR holds, by DescribeRepositories and DescribeImages; archived images are left out, they can be neither pulled nor run. */
export function ecrCatalogue(options: { readonly client: ECRClient; readonly registry: string }): RegistryCatalogue {
  const { client, registry } = options;
  return {
    registry,
    async *repositories() {
      for await (const page of paginateDescribeRepositories({ client }, {}))
        for (const { repositoryName } of page.repositories ?? [])
          if (repositoryName !== undefined) yield repositoryName;
    },
    async *images(repository) {
      const pages = paginateDescribeImages({ client }, { repositoryName: repository })[Symbol.asyncIterator]();
      for (;;) {
        const page = await pages.next().catch((error: unknown) => {
          if (named(error, 'RepositoryNotFoundException')) return { done: true as const, value: undefined };
          throw named(error, 'AccessDeniedException') ? new RepositoryClosed(repository, error) : error;
        });
        if (page.done === true) return;
        for (const image of page.value.imageDetails ?? []) {
          if (image.imageDigest === undefined || image.imageStatus === 'ARCHIVED') continue;
          const subject = image.subjectManifestDigest;
          // of what refers to images only VEX changes what they are worth
          if (subject !== undefined && !vexTypes.includes(image.artifactMediaType ?? '')) continue;
          yield {
            registry,
            repository,
            digest: image.imageDigest as Digest,
            tags: image.imageTags ?? [],
            ...(subject === undefined ? {} : { attachedTo: subject as Digest }),
            ...(image.imageSizeInBytes === undefined ? {} : { bytes: image.imageSizeInBytes }),
            ...(image.imagePushedAt === undefined ? {} : { pushedAt: image.imagePushedAt.toISOString() }),
          };
        }
      }
    },
  };
}

const vexTypes: readonly string[] = attachedVexTypes;

const named = (error: unknown, name: string): boolean => error instanceof Error && error.name === name;
