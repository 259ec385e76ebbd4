import { globMatches } from './glob.ts';

/** A repository of a registry. */
export interface Place {
  readonly registry: string;
  readonly repository: string;
}

/** Whether one of the globs names a repository, with its registry or without. */
export const namesRepository = (globs: readonly string[], { registry, repository }: Place): boolean =>
  globs.some((glob) => globMatches(glob, repository) || globMatches(glob, `${registry}/${repository}`));

/** Whether a name of a repository stands for several. */
export const isGlob = (text: string): boolean => /[*?]/.test(text);
