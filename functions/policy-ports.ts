import type { AlertThreshold } from '#shared/alerts';
import { type Acceptance, listRepositories } from '#shared/findings';
import type { RepairMode, Workload } from '#shared/fleet';
import type { ImageReference } from '#shared/oci';
import {
  eligibleTags,
  endsText,
  exceptionFor,
  exceptionsAbout,
  isGlob,
  loadPolicy,
  modeOf,
  namesRepository,
  type Policy,
  tagRule,
  trustsSbomOf,
  trustsVexOf,
} from '#shared/policy';
import type { PlanningPolicy } from '#shared/remedy';
import type { Table } from '#shared/store';
import type { ForgetPolicy, SweepPolicy } from '#shared/sweep';

/** The policy file's answers, in the forms in which the rooms ask. */
export interface PolicyPorts {
  /** reads the newest policy; the last good one stays while none can be read */
  refresh(): Promise<Policy>;
  readonly accept: Acceptance;
  planning(): Promise<PlanningPolicy>;
  threshold(): Promise<AlertThreshold>;
  /** from which likelihood of an exploit on a problem is told as escalated; undefined: never */
  likelyFrom(): Promise<number | undefined>;
  sweep(): Promise<SweepPolicy & ForgetPolicy>;
  /** how long a wave is watched before the next one begins, ms */
  bakeMs(): Promise<number>;
  mode(workload: Workload): RepairMode;
  /** whether the SBOM attached to images of a repository is believed; reads the newest policy */
  trustsSbom(image: Pick<ImageReference, 'registry' | 'repository'>): Promise<boolean>;
  /** the same of attached VEX documents */
  trustsVex(image: Pick<ImageReference, 'registry' | 'repository'>): Promise<boolean>;
  /** whether SBOMs are attached to images that were read; reads the newest policy */
  attachesSbom(): Promise<boolean>;
}

/** Binds the stored policy. `registry` completes names of bases that say none. Call `refresh` before each piece of work. */
export function policyPorts(table: Table, registry: string): PolicyPorts {
  let current: Policy | undefined;
  const refresh = async (): Promise<Policy> => {
    current = (await loadPolicy(table)).policy;
    return current;
  };
  const policy = async (): Promise<Policy> => current ?? refresh();
  const namedBases = async (bases: readonly string[]): Promise<readonly string[]> => {
    const globs = bases.filter(isGlob);
    const named = bases
      .filter((base) => !isGlob(base))
      .map((base) => (base.split('/')[0]?.match(/[.:]/) ? base : `${registry}/${base}`));
    if (globs.length === 0) return named;
    for await (const place of listRepositories(table))
      if (namesRepository(globs, place)) named.push(`${place.registry}/${place.repository}`);
    return [...new Set(named)];
  };
  const mode = (workload: Workload): RepairMode => (current === undefined ? 'observe' : modeOf(current, workload).mode);
  return {
    refresh,
    mode,
    accept: async (subject) => {
      if (current === undefined) return undefined;
      const about = exceptionsAbout(current.ignore, subject);
      if (about.length === 0) return undefined;
      const paths = about.some(({ scope }) => scope.path !== undefined) ? await subject.paths() : [];
      const { exception, ended } = exceptionFor(about, { ...subject, paths }, subject.now);
      if (exception === undefined) return ended[0] === undefined ? undefined : { ended: ended[0].why };
      const { reason, until, owner, untilKev, untilEpss } = exception;
      return {
        reason,
        until: endsText(exception),
        ...(until === undefined ? {} : { lastDay: until }),
        ...(owner === undefined ? {} : { owner }),
        ...((untilKev ?? untilEpss) === undefined ? {} : { byCatalogue: true }),
      };
    },
    planning: async () => {
      const { waves, bases, newer } = await policy();
      return {
        mode,
        named: (repository, tags) => {
          const rule = tagRule({ newer }, repository);
          return rule === undefined
            ? new Map()
            : new Map(eligibleTags(rule, tags).map((tag) => [tag, `policy names ${rule.repository} ${rule.tags}`]));
        },
        waves,
        bases: await namedBases(bases),
      };
    },
    threshold: async () => (await policy()).alert,
    likelyFrom: async () => (await policy()).alert.epss,
    sweep: async () => {
      const { sweep, bases } = await policy();
      return { ...sweep, bases: await namedBases(bases) };
    },
    trustsSbom: async (image) => trustsSbomOf(await refresh(), image),
    trustsVex: async (image) => trustsVexOf(await refresh(), image),
    attachesSbom: async () => (await refresh()).attach.includes('sbom'),
    bakeMs: async () => (await policy()).waves.bakeSeconds * 1_000,
  };
}
