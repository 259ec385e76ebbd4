// Java archives of every kind: applications, plug-ins of Jenkins and Liferay, connectors, NiFi and Karaf bundles
const java = /\.(?:jar|war|ear|jpi|hpi|lpkg)$/i;
// the same, with endings that other formats use too (RAR, Nix and system archives, sysstat's records)
const shared = /\.(?:par|sar|nar|kar|far|rar|zap)$/i;
/** What all these names end in. */
export const archiveEndings: readonly string[] =
  '.jar .war .ear .jpi .hpi .lpkg .par .sar .nar .kar .far .rar .zap'.split(' ');
/** parts of a Java runtime, which is a program of its own and not a Maven project */
const runtimeJar = /^(?:jrt-fs|rt|jsse|jce|charsets|resources|tools|dt|jconsole|sa-jdi)\.jar$/;
/** NAME_MAX */
const longestName = 255;

/** True for a file name that a Java archive can have. */
export const isArchiveName = (base: string): boolean =>
  (java.test(base) || shared.test(base)) && !runtimeJar.test(base);

/** True for what Quarkus makes of an application's classes when it is built: part of no project, and without one of its own. */
export const isGeneratedName = (base: string): boolean => /^(?:generated|transformed)-bytecode\.jar$/.test(base);

/** True when a file of this name is only a Java archive if it is a zip: other formats are no evidence, and no trouble. */
export const mayBeOtherFormat = (base: string): boolean => shared.test(base);

/** The file name without its ending. */
export const archiveStem = (base: string): string => base.replace(/\.[^.]*$/, '').slice(0, longestName);
