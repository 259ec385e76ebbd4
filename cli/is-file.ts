import { stat } from 'node:fs/promises';

/** Whether a file is there; a folder is none, nor is what cannot be looked at. */
export const isFile = async (file: string): Promise<boolean> =>
  (await stat(file).catch(() => undefined))?.isFile() === true;
