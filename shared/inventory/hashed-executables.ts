import { isPrivileged } from './privileged.ts';

/**
 * Of which executables the SHA-256 is taken: of 'all', or only of the 'privileged' (setuid, setgid, file capabilities), which are told of without anybody asking. Everything
 * else that is known of executables is known either way. Programs are half of the bytes of many images: hashing them takes a sixth of the time of a first reading.
 */
export type HashedExecutables = 'all' | 'privileged';

/** Whether the SHA-256 of a file is taken, by its header. */
export const isHashed = (hashed: HashedExecutables, file: Parameters<typeof isPrivileged>[0]): boolean =>
  hashed === 'all' || isPrivileged(file);
