import * as z from 'zod';
import type { Linkage } from './elf/index.ts';
import { FactsCorrupt } from './errors.ts';
import type { ExecutableFact } from './layer-facts.ts';

/** What hundreds of executables of a layer have in common is written once. */
const shared = z.object({
  machine: z.number(),
  kind: z.enum(['static', 'dynamic', 'library', 'object']),
  loader: z.string().exactOptional(),
  needed: z.array(z.object({ name: z.string(), versions: z.array(z.string()) })),
});
type Shared = z.infer<typeof shared>;

const executable = z.object({
  path: z.string(),
  order: z.number().int().nonnegative(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .exactOptional(),
  size: z.number(),
  mode: z.number(),
  interpreter: z.string().exactOptional(),
  capabilities: z.array(z.string()).exactOptional(),
  elf: z
    .object({
      /** index of the linkage that it shares with others */
      shared: z.number().int().nonnegative(),
      soname: z.string().exactOptional(),
      defines: z.array(z.string()).exactOptional(),
      buildId: z.string().exactOptional(),
    })
    .exactOptional(),
});

/** Executables as they stand in stored facts. */
export const executablesForm = { linkages: z.array(shared), executables: z.array(executable) };
interface Written {
  readonly linkages: Shared[];
  readonly executables: z.infer<typeof executable>[];
}

/** Executables as they are stored; equal ones make equal text. */
export function writeExecutables(facts: readonly ExecutableFact[]): Written {
  const linkages: Shared[] = [];
  const known = new Map<string, number>();
  const indexOf = ({ machine, kind, loader, needed }: Linkage): number => {
    const common: Shared = {
      machine,
      kind,
      ...(loader === undefined ? {} : { loader }),
      needed: needed.map(({ name, versions }) => ({ name, versions: [...versions] })),
    };
    const text = JSON.stringify(common);
    const index = known.get(text) ?? linkages.push(common) - 1;
    known.set(text, index);
    return index;
  };
  const executables = facts.map(({ linkage, capabilities, ...fact }) => ({
    ...fact,
    ...(capabilities === undefined ? {} : { capabilities: [...capabilities] }),
    ...(linkage === undefined
      ? {}
      : {
          elf: {
            shared: indexOf(linkage),
            ...(linkage.soname === undefined ? {} : { soname: linkage.soname }),
            ...(linkage.defines.length === 0 ? {} : { defines: [...linkage.defines] }),
            ...(linkage.buildId === undefined ? {} : { buildId: linkage.buildId }),
          },
        }),
  }));
  return { linkages, executables };
}

/** Reads what `writeExecutables` wrote. Throws FactsCorrupt for a linkage that is not there. */
export function readExecutables({ linkages, executables }: Written): ExecutableFact[] {
  return executables.map(({ elf, ...fact }) => {
    if (elf === undefined) return fact;
    const common = linkages[elf.shared];
    if (common === undefined) throw new FactsCorrupt('layer facts', 'an executable has a linkage that is not there');
    const { shared: _, defines = [], ...own } = elf;
    return { ...fact, linkage: { ...common, ...own, defines } };
  });
}
