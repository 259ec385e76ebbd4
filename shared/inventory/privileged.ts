import type { ExecutableFile } from './types.ts';

const setuid = 0o4000;
const setgid = 0o2000;

/** Whether a file gives more rights than its caller has: setuid, setgid, or file capabilities. */
export const isPrivileged = ({ mode, capabilities }: Pick<ExecutableFile, 'mode' | 'capabilities'>): boolean =>
  (mode & (setuid | setgid)) !== 0 || (capabilities?.length ?? 0) > 0;
