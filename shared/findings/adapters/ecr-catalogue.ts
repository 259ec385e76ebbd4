import { type ECRClient, paginateDescribeImages, paginateDescribeRepositories } from '@aws-sdk/client-ecr';
import type { Digest } from '#shared/oci';
import type { RegistryCatalogue } from '../sweep.ts';

/** What ECR holds, by DescribeRepositories and DescribeImages; archived images are left out, they can be neither pulled nor run. */
export function ecrCatalogue(options: { readonly client: ECRClient; readonly registry: string }): RegistryCatalogue {
  return {
    async *images() {
      for await (const page of paginateDescribeRepositories({ client: options.client }, {})) {
        for (const repository of page.repositories ?? []) {
          if (repository.repositoryName === undefined) continue;
          for await (const listed of paginateDescribeImages(
            { client: options.client },
            { repositoryName: repository.repositoryName },
          )) {
            for (const image of listed.imageDetails ?? []) {
              if (
                image.imageDigest === undefined ||
                image.subjectManifestDigest !== undefined ||
                image.imageStatus === 'ARCHIVED'
              )
                continue;
              yield {
                registry: options.registry,
                repository: repository.repositoryName,
                digest: image.imageDigest as Digest,
                tags: image.imageTags ?? [],
                ...(image.imageSizeInBytes === undefined ? {} : { bytes: image.imageSizeInBytes }),
                ...(image.imagePushedAt === undefined ? {} : { pushedAt: image.imagePushedAt.toISOString() }),
              };
            }
          }
        }
      }
    },
  };
}
