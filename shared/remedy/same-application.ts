import type { Digest } from '#shared/oci';
import type { ScannedImage, StartConfig } from './plan-types.ts';

/** Whether a candidate holds the application that runs, and by what that was told. */
export interface ApplicationAnswer {
  readonly same: boolean;
  readonly why: string;
}

const equal = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((one, index) => one === b[index]);

const sameStart = (a: StartConfig, b: StartConfig): boolean =>
  equal(a.entrypoint, b.entrypoint) &&
  equal(a.command, b.command) &&
  (a.user ?? '') === (b.user ?? '') &&
  (a.workingDir ?? '') === (b.workingDir ?? '');

/**
 * Whether the application layers of `candidate` equal those that run (design decision 16). Told by blob digests, which reading proved.
 *
 * With both bases known: the layers above them must be equal, and there must be some; an image that is nothing but a base has no application to
 * compare, so a newer base is somebody's new release. With an unknown base, only the first layer is taken for it (the first layer is always a base's,
 * unless it is the only one): all others must be equal. That refuses a moved base of several layers, which is the safe side: it asks.
 * Another entrypoint, command, user or working directory is another application, whatever the layers.
 */
export function sameApplication(current: ScannedImage, candidate: ScannedImage): ApplicationAnswer {
  if (current.start !== undefined && candidate.start !== undefined && !sameStart(current.start, candidate.start))
    return { same: false, why: 'it starts otherwise (entrypoint, command, user or working directory differ)' };
  const known = current.baseLayers !== undefined && candidate.baseLayers !== undefined;
  const above = (image: ScannedImage): readonly Digest[] => image.layers.slice(known ? (image.baseLayers ?? 0) : 1);
  const [mine, theirs] = [above(current), above(candidate)];
  if (mine.length === 0 || theirs.length === 0)
    return { same: false, why: 'it has no layers above its base to recognise the application by' };
  if (equal(mine, theirs))
    return {
      same: true,
      why: `its ${mine.length} application layer${mine.length === 1 ? ' is' : 's are'} those that run`,
    };
  return {
    same: false,
    why: known
      ? 'its application layers are not those that run'
      : 'its layers above the first are not those that run, and its base is not known',
  };
}
