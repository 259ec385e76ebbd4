import { NotFound, RegistryClient } from '#shared/oci';
import type { RegistryCatalogue } from '#shared/sweep';

/** What the embedded registry holds, by the distribution API: every tag of every repository, resolved by its manifest. */
export function localCatalogue(registry: string): RegistryCatalogue {
  return {
    registry,
    async *repositories() {
      yield* await repositoriesOf(registry);
    },
    async *images(repository) {
      const client = new RegistryClient({ registry, repository });
      try {
        for (const tag of (await found(tagsOf(client))) ?? []) {
          const manifest = await found(client.manifest(tag));
          if (manifest !== undefined) yield { registry, repository, digest: manifest.descriptor.digest, tags: [tag] };
        }
      } finally {
        client.close();
      }
    },
  };
}

async function tagsOf(client: RegistryClient): Promise<string[]> {
  const tags: string[] = [];
  for await (const tag of client.tags()) tags.push(tag);
  return tags;
}

/** Undefined for what is gone: it was there when it was listed, or something stored says that it was once. */
async function found<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

async function repositoriesOf(registry: string): Promise<readonly string[]> {
  const response = await fetch(`http://${registry}/v2/_catalog?n=1000`);
  if (!response.ok) throw new Error(`the registry ${registry} does not list its repositories: HTTP ${response.status}`);
  return ((await response.json()) as { readonly repositories: readonly string[] }).repositories;
}
