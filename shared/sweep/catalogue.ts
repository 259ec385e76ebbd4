import type { Digest } from '#shared/oci';

/** A repository by its registry's host and its name. */
export interface Place {
  readonly registry: string;
  readonly repository: string;
}

/** The one text of a place, as policy and keys write it. */
export const placeText = ({ registry, repository }: Place): string => `${registry}/${repository}`;

/** An image as a registry lists it. */
export interface ListedImage extends Place {
  readonly digest: Digest;
  readonly tags: readonly string[];
  /** compressed bytes, where the registry says */
  readonly bytes?: number;
  /** ISO, where the registry says */
  readonly pushedAt?: string;
  /** it is no image but VEX, attached to this one */
  readonly attachedTo?: Digest;
}

/** What a registry holds. Adapters: the ECR API, and the OCI distribution API. */
export interface RegistryCatalogue {
  /** the host of the registry that is listed whole; of others nothing is known but what was read */
  readonly registry: string;
  repositories(): AsyncIterable<string>;
  /** One repository, page by page; nothing when it is gone. Throws RepositoryClosed when it may not be listed. */
  images(repository: string): AsyncIterable<ListedImage>;
}

/** A repository that we may not list: what lies in it is not known, which is not the same as nothing. */
export class RepositoryClosed extends Error {
  override readonly name = 'RepositoryClosed';
  readonly code = 'repository-closed';

  constructor(repository: string, cause: unknown) {
    super(`the repository ${repository} may not be listed; drydock.repositories in the CDK context says which may`, {
      cause,
    });
  }
}
