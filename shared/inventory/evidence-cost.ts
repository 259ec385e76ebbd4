import type { EvidenceDraft, ExecutableFact } from './layer-facts.ts';

/** Bytes, by estimate, that a piece of evidence keeps of memory beside its path: what `maxRetainedBytes` counts. */
export function costOf(draft: EvidenceDraft): number {
  switch (draft.kind) {
    case 'packages':
      return draft.packages.reduce(
        (sum, found) =>
          sum +
          160 +
          found.name.length +
          found.version.length +
          (found.inner?.length ?? 0) +
          (found.supplier?.length ?? 0) +
          lengthOf(found.licenses) +
          lengthOf(Object.values(found.qualifiers ?? {})) +
          lengthOf(found.needsAny) +
          lengthOf(found.linked),
        64,
      );
    case 'owned':
      return 160 + draft.paths.byteLength;
    case 'release':
      return draft.text.length;
    case 'bill':
      return draft.packages.reduce(
        (sum, { key, purl, supplier, licenses }) =>
          sum + 160 + key.length + purl.length + (supplier?.length ?? 0) + lengthOf(licenses),
        64,
      );
    default:
      return 64;
  }
}

function lengthOf(texts: readonly string[] = []): number {
  return texts.reduce((sum, text) => sum + text.length, 0);
}

/** The same of an executable, its path included. */
export function costOfExecutable({ path, linkage }: ExecutableFact): number {
  const needed = linkage?.needed.reduce((sum, { name, versions }) => sum + 32 + name.length + lengthOf(versions), 64);
  return path.length + 64 + (needed ?? 0) + lengthOf(linkage?.defines);
}
