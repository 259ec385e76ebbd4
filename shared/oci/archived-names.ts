/**
 * The images that a person means by `wanted`, of those that an archive or layout holds: the ones that are called so, or else the ones that are tagged so. Docker writes
 * `app:1`, skopeo and containerd the whole of it: `docker.io/library/app:1`.
 */
export function meantBy<T>(wanted: string, images: readonly T[], namesOf: (image: T) => readonly string[]): T[] {
  const whole = [wanted, `docker.io/${wanted}`, `docker.io/library/${wanted}`];
  const some = (is: (name: string) => boolean): T[] => images.filter((image) => namesOf(image).some(is));
  const called = some((name) => whole.includes(name));
  return called.length > 0 ? called : some((name) => name.endsWith(`:${wanted}`));
}

/** What a message says of the images that there are. */
export const listedNames = (names: readonly string[]): string => [...new Set(names)].slice(0, 20).join(', ');
