import type { RegistryCatalogue } from '#shared/findings';
import { type ImageReference, RegistryClient } from '#shared/oci';

/** What the embedded registry holds, by the distribution API: every tag of every repository, resolved by its manifest. */
export function localCatalogue(registry: string): RegistryCatalogue {
  return {
    async *images() {
      for (const repository of await repositoriesOf(registry)) {
        const reference: ImageReference = { registry, repository };
        const client = new RegistryClient(reference);
        try {
          for await (const tag of client.tags()) {
            const { descriptor } = await client.manifest(tag);
            yield { registry, repository, digest: descriptor.digest, tags: [tag] };
          }
        } finally {
          client.close();
        }
      }
    },
  };
}

async function repositoriesOf(registry: string): Promise<readonly string[]> {
  const response = await fetch(`http://${registry}/v2/_catalog?n=1000`);
  if (!response.ok) throw new Error(`the registry ${registry} does not list its repositories: HTTP ${response.status}`);
  return ((await response.json()) as { readonly repositories: readonly string[] }).repositories;
}
