import type { AdvisoryBook } from '#shared/advisories';
import { chooseCveList, readCves } from './cve-list.ts';
import { chooseEndOfLife, readEndOfLife } from './end-of-life.ts';
import { chooseEpss, readEpss } from './epss.ts';
import { chooseKev, readKev } from './kev.ts';

/** Where a scan has its catalogues from, and how it reads them. */
type Choice = Parameters<typeof chooseCveList>[0] &
  Parameters<typeof chooseKev>[0] &
  Parameters<typeof chooseEpss>[0] &
  Parameters<typeof chooseEndOfLife>[0];

/** What is joined to findings by CVE and to packages by release; how new it is, once it was asked for. */
export type Joined = Pick<AdvisoryBook, 'kev' | 'epss' | 'cves' | 'endOfLife' | 'withdrawn'> & {
  readonly kevAsOf: () => string | undefined;
  readonly epssAsOf: () => string | undefined;
  readonly cvesAsOf: () => string | undefined;
};

/** Opens the catalogues of a scan. Nothing is read before it is asked for, and each once. Throws CommandFailed for a file that is not there. */
export async function joinedBook(options: Choice, starter: string): Promise<Joined> {
  const { warn } = options;
  const sources = {
    kev: await chooseKev(options, starter),
    epss: await chooseEpss(options),
    cves: await chooseCveList(options),
    endOfLife: await chooseEndOfLife(options),
  };
  const kev = once(() => readKev(sources.kev, warn));
  const epss = once(() => readEpss(sources.epss, warn));
  const cves = once(() => readCves(sources.cves, options));
  const endOfLife = once(() => readEndOfLife(sources.endOfLife, warn));
  return {
    kev: async (cve) => (await kev.read()).entries.get(cve),
    epss: async (cve) => (await epss.read()).lookup(cve),
    cves: async () => (await cves.read())?.table,
    endOfLife: endOfLife.read,
    // a source says what it has, not what it had
    withdrawn: async () => [],
    kevAsOf: () => kev.value()?.asOf,
    epssAsOf: () => epss.value()?.asOf,
    cvesAsOf: () => cves.value()?.asOf,
  };
}

function once<T>(read: () => Promise<T>): { readonly read: () => Promise<T>; readonly value: () => T | undefined } {
  let reading: Promise<T> | undefined;
  let value: T | undefined;
  return {
    read: async () => {
      reading ??= read();
      value = await reading;
      return value;
    },
    value: () => value,
  };
}
