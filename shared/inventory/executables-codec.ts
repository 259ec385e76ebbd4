import type { Linkage } from './elf/index.ts';
import { FactsCorrupt } from './errors.ts';
import type { ExecutableForm, SharedForm } from './executables-form.ts';
import type { ExecutableFact } from './layer-facts.ts';

interface Written {
  readonly linkages: SharedForm[];
  readonly executables: ExecutableForm[];
}

/** Executables as they are stored; equal ones make equal text. */
export function writeExecutables(facts: readonly ExecutableFact[]): Written {
  const linkages: SharedForm[] = [];
  const known = new Map<string, number>();
  const indexOf = ({ machine, kind, loader, needed }: Linkage): number => {
    const common: SharedForm = {
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
