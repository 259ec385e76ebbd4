import { type ECRClient, paginateDescribeImages, paginateDescribeRepositories } from '@aws-sdk/client-ecr';
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
          if (image.imageDigest === undefined || image.subjectManifestDigest !== undefined) continue;
          if (image.imageStatus === 'ARCHIVED') continue;
          yield {
            registry,
            repository,
            digest: image.imageDigest as Digest,
            tags: image.imageTags ?? [],
            ...(image.imageSizeInBytes === undefined ? {} : { bytes: image.imageSizeInBytes }),
            ...(image.imagePushedAt === undefined ? {} : { pushedAt: image.imagePushedAt.toISOString() }),
          };
        }
      }
    },
  };
}

const named = (error: unknown, name: string): boolean => error instanceof Error && error.name === name;
