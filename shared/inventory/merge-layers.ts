import type { Image } from '#shared/oci';
import { billedPackages } from './billed-packages.ts';
import { contentSetsOf, dockerfileLabelsOf } from './content-sets.ts';
import { distributionAt, isBelieved, unreadPlaces } from './databases.ts';
import { LayersMissing } from './errors.ts';
import { isPackageJson } from './extractors/npm.ts';
import { withJoinedGoNames } from './go-names.ts';
import { onceForEachFile } from './hard-links.ts';
import { isOsPackage, languageKey, osKey } from './keys-of-packages.ts';
import { LaidLayers } from './laid-layers.ts';
import type { FoundPackage, LayerFacts, PackagesEvidence } from './layer-facts.ts';
import { foundId, type MergedFile, type MergedFiles } from './merged-files.ts';
import { Arrivals, markOwned } from './os-owned.ts';
import { withoutOwnedPrograms } from './owned-programs.ts';
import { type Owner, Ownership } from './ownership.ts';
import { byTypeAndName } from './package-order.ts';
import { folderOf } from './path.ts';
import { programLinks } from './program-links.ts';
import { purlOf } from './purl.ts';
import { coverageOf } from './reading-coverage.ts';
import { redHatChannel } from './red-hat-stream.ts';
import { secretsOf } from './secrets-of.ts';
import type { Distribution, ExecutableFile, InstalledPackage, Inventory, InventoryLayer } from './types.ts';

/**
 * What an image holds: its layers' facts laid on each other, base first, one for each layer of the manifest (glossary: inventory). Pure. What the
 * config claims (diffIDs) decides nothing here. Throws LayersMissing when the facts are not those of the layers.
 */
export function mergeLayers(input: { readonly image: Image; readonly facts: readonly LayerFacts[] }): Inventory {
  const { image, facts } = input;
  const { layers } = image.manifest;
  if (facts.length !== layers.length || facts.some((fact, index) => fact.blob !== layers[index]?.digest)) {
    throw new LayersMissing(image.digest, `${facts.length} facts for ${layers.length} layers, or in another order`);
  }
  const laid = new LaidLayers(image);
  for (const fact of facts) laid.take(fact);
  return inventoryOfLayers(laid);
}

/** The same of layers that were laid on each other as they came. Throws LayersMissing when not all of them did. */
export function inventoryOfLayers(laid: LaidLayers): Inventory {
  const { image, merged } = laid;
  const facts = laid.facts();
  const layers = layersOf(image);
  const distributions = new Map<string, Distribution | undefined>();
  const distributionFor = (root: string): Distribution | undefined => {
    if (!distributions.has(root))
      distributions.set(root, root === '' ? ownDistribution(merged, image) : distributionAt(merged, root));
    return distributions.get(root) ?? (root === '' ? undefined : distributionFor(''));
  };
  const ownership = new Ownership(merged);
  const all: InstalledPackage[] = [];
  const fileOf = new Map<InstalledPackage, object>();
  const executables: ExecutableFile[] = [];
  for (const file of merged.files()) {
    for (const evidence of withJoinedGoNames(file.evidence)) {
      if (evidence.kind !== 'packages' || !isBelieved(evidence, file, merged)) continue;
      if (evidence.onlyAs === 'npm-package' && !isPackageJson(file.path)) continue;
      if (evidence.unlessOwned === true && isAnswered(ownership.ownerOf(file.path))) continue;
      for (const found of evidence.packages) {
        if (found.needsAny?.some((path) => merged.hasOther(path)) === false) continue;
        const here = installed(found, evidence, file, layers, distributionFor);
        all.push(here);
        // hard links share what is known of their file
        if (file.executable !== undefined) fileOf.set(here, file.executable);
      }
    }
  }
  const arrivals = new Arrivals(all, layers);
  for (const file of merged.files()) {
    const executable = executableAt(file, layers, ownership, arrivals);
    if (executable !== undefined) executables.push(executable);
  }
  const single = onceForEachFile(all, fileOf, (path) => ownership.ownerOf(path) !== undefined);
  const installedHere = withoutOwnedPrograms(single, ownership, arrivals);
  const billed = billedPackages(merged, installedHere, ownership, layers, distributionFor(''));
  const packages = [...installedHere, ...billed].sort(byTypeAndName);
  executables.sort((a, b) => (a.path < b.path ? -1 : 1));
  const links = programLinks(merged.links(), executables);
  const secrets = secretsOf(facts, layers, merged, ownership);
  const distribution = distributionFor('');
  return {
    schemaVersion: 1,
    image: image.digest,
    extractors: facts[0]?.extractors ?? '',
    ...(distribution === undefined ? {} : { distribution }),
    config: image.config,
    ...claimedBaseOf(image),
    layers,
    packages: markOwned(packages, ownership, arrivals, installersOf(merged)),
    executables,
    ...(links.length === 0 ? {} : { programLinks: links }),
    ...(secrets.length === 0 ? {} : { secrets }),
    coverage: coverageOf({
      facts,
      layers,
      merged,
      packages,
      executables,
      distribution,
      ownership,
      unread: unreadPlaces(merged),
    }),
  };
}

/** The distribution of the image's own root, with what only the whole image knows: its repositories and the stream that they are of. */
function ownDistribution(merged: MergedFiles, { config }: Image): Distribution | undefined {
  const named = distributionAt(merged, '');
  if (named === undefined) return undefined;
  const repositories = contentSetsOf(merged);
  const channel = redHatChannel(named, { repositories, labels: [config.labels, ...dockerfileLabelsOf(merged)] });
  return {
    ...named,
    ...(channel === undefined ? {} : { channel }),
    ...(repositories.length === 0 ? {} : { repositories }),
  };
}

function installed(
  found: FoundPackage,
  evidence: PackagesEvidence,
  file: MergedFile,
  layers: readonly InventoryLayer[],
  distributionFor: (root: string) => Distribution | undefined,
): InstalledPackage {
  const distribution = isOsPackage(found.type) ? distributionFor(evidence.database?.root ?? '') : undefined;
  const layer = layers[file.origins.get(foundId(found)) ?? file.contentLayer];
  if (layer === undefined) throw new LayersMissing(file.path, 'a package of a layer that the image does not have');
  return {
    key: isOsPackage(found.type) ? osKey(found, distribution) : languageKey(found),
    purl: purlOf(found, distribution),
    type: found.type,
    path: found.inner === undefined ? file.path : `${file.path}!/${found.inner}`,
    layer: layer.digest,
    ...(found.licenses === undefined ? {} : { licenses: found.licenses }),
    ...(found.supplier === undefined ? {} : { supplier: found.supplier }),
    ...(found.bundled === undefined ? {} : { bundled: found.bundled }),
    ...(found.linked === undefined ? {} : { linked: found.linked }),
  };
}

/** Which package manager of an operating system put a Python package into a folder, as it says there. */
function installersOf(merged: MergedFiles): ReadonlyMap<string, 'rpm' | 'deb'> {
  const installers = new Map<string, 'rpm' | 'deb'>();
  for (const { path, evidence } of merged.files())
    for (const fact of evidence) if (fact.kind === 'installer') installers.set(folderOf(path), fact.by);
  return installers;
}

/** A Python package may bring assemblies and Java along, and knows no more of them than their paths. */
const isAnswered = (owner: Owner | undefined): boolean => owner !== undefined && owner.system !== 'pypi';

function executableAt(
  file: MergedFile,
  layers: readonly InventoryLayer[],
  ownership: Ownership,
  arrivals: Arrivals,
): ExecutableFile | undefined {
  const { executable } = file;
  const layer = layers[file.layer];
  if (executable === undefined || layer === undefined) return undefined;
  const listed = ownership.ownerOf(file.path);
  const owner = listed === undefined || arrivals.isChangedSince(listed, file.contentLayer) ? undefined : listed;
  return {
    path: file.path,
    ...(executable.sha256 === undefined ? {} : { sha256: executable.sha256 }),
    size: executable.size,
    mode: executable.mode,
    layer: layer.digest,
    ...(executable.interpreter === undefined ? {} : { interpreter: executable.interpreter }),
    ...(owner === undefined ? {} : { owner: owner.id }),
    ...(executable.capabilities === undefined ? {} : { capabilities: executable.capabilities }),
    ...(executable.linkage === undefined ? {} : { linkage: executable.linkage }),
  };
}

/** Docker's builders write these annotations when they are told to, people write them as labels (image-spec, annotations). */
function claimedBaseOf({ manifest, config }: Image): Pick<Inventory, 'claimedBase'> {
  const said = (key: string): string | undefined => manifest.annotations[key] ?? config.labels[key];
  const digest = said('org.opencontainers.image.base.digest');
  const name = said('org.opencontainers.image.base.name');
  if (digest === undefined && name === undefined) return {};
  return { claimedBase: { ...(digest === undefined ? {} : { digest }), ...(name === undefined ? {} : { name }) } };
}

/** The layers with the commands that the history gives them: its non-empty steps are the layers, in order, when their numbers agree. */
function layersOf(image: Image): InventoryLayer[] {
  const steps = image.config.history.filter((step) => !step.emptyLayer);
  const agrees = steps.length === image.manifest.layers.length;
  return image.manifest.layers.map(({ digest, size }, index) => {
    const createdBy = agrees ? steps[index]?.createdBy : undefined;
    return { digest, size, ...(createdBy === undefined ? {} : { createdBy }) };
  });
}
