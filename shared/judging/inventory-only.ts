import { isUnjudgedDistribution } from '#shared/inventory';

/**
 * Kinds of packages that are read and listed though nobody publishes advisories that name them, by the ecosystem in their keys, with the
 * words that people know them by. These names are ours: OSV has none (its list of ecosystems, schema 1.7).
 */
const kinds: ReadonlyMap<string, string> = new Map([
  ['PEAR', 'PECL and other PEAR channels'],
  ['conda', 'conda packages'],
  ['LuaRocks', 'Lua rocks'],
  ['CPAN', 'Perl distributions of CPAN'],
  ['OTP', 'applications of Erlang/OTP and Elixir themselves'],
  ['WordPress', 'WordPress plugins and themes'],
  ['Nix', 'packages of Nix'],
  ['Homebrew', 'packages of Homebrew'],
  ['Snap', 'snaps'],
  ['vcpkg', 'packages of vcpkg'],
  ['Kernel', 'Linux kernels and modules that no package lists'],
  ['Models', 'files of models'],
]);

/** How people call the packages of an ecosystem that nobody judges; undefined when somebody does. */
export const inventoryOnly = (ecosystem: string): string | undefined => kinds.get(ecosystem);

/** The ecosystem, a name of ours, of programs and libraries that were recognised by their content and that no advisories read here name. */
export const unjudgedPrograms = 'Programs';

/**
 * False for ecosystems that no source can hold, because their names are ours: what nobody judges, and packages of distributions that OSV does
 * not know (`os-kali`, `Amazon Linux:2023`). Asking a source for them only ever brings a refusal.
 */
export const canBeJudged = (ecosystem: string): boolean =>
  !kinds.has(ecosystem) && ecosystem !== unjudgedPrograms && !isUnjudgedDistribution(ecosystem);
