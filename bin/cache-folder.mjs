import { homedir } from 'node:os';
import path from 'node:path';

/**
 * Where the command keeps what it may lose: `$XDG_CACHE_HOME/drydock`, else the platform's own place. Not created here. No TypeScript, because
 * compiled code lies there too, and the first file of TypeScript is to come from it.
 *
 * @param {NodeJS.ProcessEnv} environment
 * @returns {string}
 */
export function cacheFolder(environment) {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = environment;
  // the XDG specification: a path that is not absolute is to be ignored
  if (XDG_CACHE_HOME !== undefined && path.isAbsolute(XDG_CACHE_HOME)) return path.join(XDG_CACHE_HOME, 'drydock');
  if (process.platform === 'win32' && LOCALAPPDATA) return path.join(LOCALAPPDATA, 'drydock', 'cache');
  if (process.platform === 'darwin') return path.join(homedir(), 'Library', 'Caches', 'drydock');
  return path.join(homedir(), '.cache', 'drydock');
}
