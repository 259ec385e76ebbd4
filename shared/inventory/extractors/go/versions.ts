import type { GoBuild, GoModule } from './modules.ts';

/**
 * The version of the standard library, as advisories write it: `go1.22.3 X:boringcrypto`, `go1.22.3 (Red Hat 1.22.3-1.el9)`, `go1.22.3-fips`
 * and `go1.22.3b7` are all 1.22.3; release candidates stay (`1.21rc2`). Undefined for a toolchain built from some commit: `devel go1.23-0a1b2c`, since 1.25 `go1.26-devel_0a1b2c`.
 */
export function stdlibVersion(goVersion: string): string | undefined {
  const match = /^go(\d{1,4}\.\d{1,4}(?:\.\d{1,4})?(?:(?:rc|beta)\d{1,4})?)(?:b\d{1,4})?(?!-devel)(?:[ +_-].*)?$/s.exec(
    goVersion,
  );
  return match?.[1];
}

/** A version that says nothing: none, a folder's, or what Go writes for a module that was replaced by a folder. */
export function isPlaceholder(version: string): boolean {
  return version === '' || version === '(devel)' || /^v0\.0\.0(?:-00010101000000-0{12})?(?:\+.*)?$/.test(version);
}

/** Made of a commit that no tag names: `v0.0.0-20240102030405-abcdefabcdef`. */
function isUntagged(version: string): boolean {
  return /^v0\.0\.0-\d{14}-[0-9a-f]{12}(?:\+.*)?$/.test(version);
}

/**
 * The version of the program itself (detection.md section 4, trap 24): the tag that Go stamped, else what the build set by
 * `-ldflags -X …version=`, as its flags say or, where they were left out (`-trimpath`), as its variables do; else the untagged commit's. Undefined
 * when nothing says it. `variables` is asked last: it looks through the program's symbols.
 */
export function mainVersion(
  build: GoBuild,
  main: GoModule,
  variables: () => ReadonlyMap<string, string> = () => new Map(),
): string | undefined {
  if (main.path === '') return undefined;
  if (!isPlaceholder(main.version) && !isUntagged(main.version)) return main.version;
  return (
    versionAmong(flagsOf(build.settings.get('-ldflags') ?? ''), main.path) ??
    versionAmong(variables(), main.path) ??
    (isPlaceholder(main.version) ? undefined : main.version)
  );
}

const versionName = /^(?:(?:git|build|app|release|program|server|current|full|raw)[-_]?)?(?:version|tag|semver)$/i;
const release = /^v?\d{1,6}\.\d{1,6}(?:\.\d{1,6})?(?:[-+.~][0-9A-Za-z.+~-]{1,64})?$/;
/** modules that hold the version of the program that they are linked into: of Kubernetes', Prometheus' and Sigstore's kin */
const elsewhere =
  /^(?:(?:k8s\.io\/(?:component-base|kubernetes\/pkg)|sigs\.k8s\.io\/release-utils)\/version\.gitVersion|github\.com\/prometheus\/common\/version\.Version)$/;

/** Whether a variable, by its symbol, is one that programs keep their own version in. */
export function isVersionVariable(name: string, module: string): boolean {
  const dot = name.lastIndexOf('.');
  const owner = name.slice(0, dot);
  const isOwn = owner === 'main' || owner === module || owner.startsWith(`${module}/`) || elsewhere.test(name);
  return isOwn && versionName.test(name.slice(dot + 1));
}

/** What `-X` sets. */
function* flagsOf(flags: string): Iterable<[name: string, value: string]> {
  for (const [, name = '', value = ''] of flags.matchAll(/-X[\s=]+['"]?([\w./~-]{1,300})=['"]?([^\s'"]{0,100})/g))
    yield [name, value];
}

/** The one version that is set in the program's own packages; two different ones are no answer. */
function versionAmong(variables: Iterable<readonly [string, string]>, module: string): string | undefined {
  const found = new Set<string>();
  for (const [name, value] of variables)
    if (isVersionVariable(name, module) && release.test(value)) found.add(value.replace(/^v/, ''));
  const [only] = found;
  return found.size === 1 && only !== undefined ? `v${only}` : undefined;
}
