import { existsSync } from 'node:fs';
import path from 'node:path';
import {
  cveListHttp,
  cveListLocal,
  cveTableFile,
  type DocumentSource,
  documentFile,
  documentHttp,
  isAddress,
  type RefreshRequest,
} from '#shared/advisories';
import type { StackOptions } from './options.ts';

/**
 * The catalogues that are read beside the advisories: those that the options name, else those that lie in a folder of advisories, as `drydock db export` writes
 * them. Nothing is fetched for them unasked, and nothing at all when offline.
 */
export function catalogueSources(
  options: Pick<StackOptions, 'advisories' | 'offline' | 'cveList' | 'endOfLife'>,
  cacheFolder: string,
): Pick<RefreshRequest, 'kev' | 'epss' | 'endOfLife' | 'cves'> {
  const { advisories, offline, cveList, endOfLife } = options;
  if (offline) return {};
  const beside = (name: string): string | undefined => {
    const file = isAddress(advisories) ? undefined : path.resolve(advisories, name);
    return file !== undefined && existsSync(file) ? file : undefined;
  };
  const [list, ends] = [cveList ?? beside(cveTableFile), endOfLife ?? beside('end-of-life.json')];
  const [kev, epss] = [beside('kev.json'), beside('epss.csv.gz')];
  return {
    ...(kev === undefined ? {} : { kev: documentFile(kev) }),
    ...(epss === undefined ? {} : { epss: documentFile(epss) }),
    ...(ends === undefined ? {} : { endOfLife: document(ends) }),
    ...(list === undefined
      ? {}
      : { cves: isAddress(list) ? cveListHttp(list, { cacheFolder }) : cveListLocal(path.resolve(list), cacheFolder) }),
  };
}

const document = (where: string): DocumentSource =>
  isAddress(where) ? documentHttp(where) : documentFile(path.resolve(where));
