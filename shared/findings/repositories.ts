import { keys, type Table } from '#shared/store';

/** Every repository of which images were read, ordered by `registry/repository`. Throws what the store throws. */
export async function* listRepositories(
  table: Table,
): AsyncGenerator<{ readonly registry: string; readonly repository: string }> {
  for await (const { registry, repository } of table.query({ pk: keys.knownRepository('', '').pk }))
    yield { registry: String(registry), repository: String(repository) };
}
