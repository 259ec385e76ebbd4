import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cveJudges, cveListEcosystem, cveListReleases, feedTable, versionOrderOf } from '#shared/advisories';
import { executableExtractors, extractors, folderExtractors, products } from '#shared/inventory';
import { judgeOfRecord, judgesOfRecord } from '#shared/judging';
import { endOfLifeDate } from './scan/end-of-life.ts';
import { firstEpss } from './scan/epss.ts';
import { cisaKev } from './scan/kev.ts';

// Run with --write it renews the tables in docs/capabilities.md, between the two markers.

const begin = '<!-- capabilities -->';
const end = '<!-- /capabilities -->';
const root = fileURLToPath(new URL('../', import.meta.url));

const judgedProducts = products.filter(({ judge }) => judge.by !== 'nobody').length;

/** What each extractor reads, for people, and whose advisories judge it (OSV's names without release). */
const evidence: Readonly<Record<string, { readonly reads: string; readonly judgedAs: readonly string[] }>> = {
  dpkg: {
    reads: 'dpkg and opkg packages (status, status.d)',
    judgedAs: ['Debian', 'Ubuntu', 'Echo', 'Docker Hardened Images:Debian', 'TuxCare:Debian'],
  },
  apk: {
    reads: 'apk packages',
    judgedAs: [
      'Alpine',
      'Wolfi',
      'Chainguard',
      'Alpaquita',
      'BellSoft Hardened Containers',
      'MinimOS',
      'CleanStart',
      'Docker Hardened Images:Alpine',
    ],
  },
  chisel: { reads: 'manifests of images that chisel cut', judgedAs: ['Ubuntu'] },
  rock: { reads: 'package lists of rocks (dpkg.query)', judgedAs: ['Ubuntu'] },
  pacman: { reads: 'pacman packages: listed only', judgedAs: [] },
  rpm: {
    reads:
      'rpm packages (SQLite, ndb and BerkeleyDB databases, manifests); those of Oracle, Fedora and CentOS are listed only',
    judgedAs: [
      'AlmaLinux',
      'Amazon Linux',
      'Rocky Linux',
      'Red Hat',
      'SUSE',
      'openSUSE',
      'Azure Linux',
      'Photon OS',
      'Mageia',
      'openEuler',
      'TuxCare:RHEL',
    ],
  },
  composer: {
    reads: 'Composer packages as installed (vendor/composer/installed.json)',
    judgedAs: ['Packagist'],
  },
  'dotnet-deps': {
    reads: '.NET applications and shared frameworks (deps.json), where the files are there',
    judgedAs: ['NuGet'],
  },
  'graalvm-sbom': {
    reads: 'Java programs that GraalVM compiled, by the SBOM that they carry (native-image --enable-sbom)',
    judgedAs: ['Maven'],
  },
  'package-note': {
    reads: 'packages of Linux programs that no package manager lists (ELF package notes); of rpm listed only',
    judgedAs: [],
  },
  'dotnet-bundle': { reads: '.NET applications in one file (the list of packages inside)', judgedAs: ['NuGet'] },
  'dotnet-assembly': { reads: '.NET assemblies that nothing lists (version resources)', judgedAs: ['NuGet'] },
  conda: { reads: 'conda packages (conda-meta): listed only', judgedAs: [] },
  'erlang-app': {
    reads:
      'Erlang and Elixir applications (ebin/*.app), RabbitMQ among them; those of Erlang/OTP and Elixir themselves are listed only',
    judgedAs: ['Hex', 'Bitnami'],
  },
  julia: { reads: 'Julia packages (depots, standard library)', judgedAs: ['Julia'] },
  luarocks: { reads: 'Lua rocks (luarocks trees): listed only', judgedAs: [] },
  cpan: {
    reads: 'Perl distributions installed from CPAN (records of cpanm, cpm and Carton; perllocal.pod): listed only',
    judgedAs: [],
  },
  pub: { reads: "Dart packages (pub's cache)", judgedAs: ['Pub'] },
  'r-package': { reads: 'R packages as installed (DESCRIPTION)', judgedAs: ['CRAN', 'Bioconductor'] },
  wordpress: { reads: 'WordPress; its plugins and themes are listed only', judgedAs: ['Bitnami'] },
  gem: { reads: 'Ruby gems as installed (specifications/*.gemspec, bundler checkouts)', judgedAs: ['RubyGems'] },
  pear: {
    reads: 'PEAR packages (.registry); those of PECL and other channels are listed only',
    judgedAs: ['Packagist'],
  },
  npm: {
    reads: 'npm packages as installed by npm, Yarn and pnpm (package.json); package managers beside Node are marked',
    judgedAs: ['npm'],
  },
  'yarn-cache': { reads: "npm packages in the archives of Yarn's Plug'n'Play", judgedAs: ['npm'] },
  asar: { reads: 'npm packages of Electron applications (app.asar)', judgedAs: ['npm'] },
  'lab-bundle': {
    reads:
      'npm packages that were bundled into the scripts of JupyterLab and its extensions (third-party-licenses.json)',
    judgedAs: ['npm'],
  },
  'python-archive': { reads: 'Python programs that are one archive (PEX, shiv, zipapp)', judgedAs: ['PyPI'] },
  pypi: {
    reads: 'Python packages as installed (dist-info, egg-info, eggs) and what pip and setuptools vendor',
    judgedAs: ['PyPI'],
  },
  jar: {
    reads: 'Java archives of every kind, nested and shaded ones too (pom.properties, pom.xml, manifest, classes)',
    judgedAs: ['Maven'],
  },
  'exploded-jar': {
    reads: 'Java archives that were unpacked into a folder (META-INF/maven)',
    judgedAs: ['Maven'],
  },
  'jvm-release': {
    reads: 'Java runtimes that no package manager placed (their release file)',
    judgedAs: ['Bitnami'],
  },
  program: {
    reads: `programs and libraries that no package manager placed, by their content: ${products.length} products, of which ${judgedProducts} are judged and the others are listed only`,
    judgedAs: ['Bitnami', 'Go', 'curl', cveListEcosystem],
  },
  release: { reads: 'distribution and release (os-release and its kin)', judgedAs: [] },
  'content-sets': {
    reads:
      'repositories of Red Hat images (content manifests): shown; their packages are judged by the stream that they are of (EUS, E4S, AUS, TUS, ELS)',
    judgedAs: [],
  },
  'dockerfile-labels': {
    reads:
      'the stream of Red Hat images without content manifests (labels of the config and of Dockerfiles in root/buildinfo)',
    judgedAs: [],
  },
  'python-record': { reads: 'which files Python packages own (RECORD, installed-files.txt)', judgedAs: [] },
  sbom: {
    reads:
      'SBOMs that lie in the image (CycloneDX, SPDX, Bitnami): what nothing that was installed speaks of; in wheels, all that was built into them',
    judgedAs: ['Bitnami'],
  },
  go: {
    reads:
      'Go programs of Linux, Windows and macOS: modules, the program itself and the standard library (build information of any Go since 1.13; where that was taken out, modules by the names of source files)',
    judgedAs: ['Go'],
  },
  'cargo-auditable': {
    reads: 'Rust programs built with cargo-auditable, of Linux, Windows and macOS',
    judgedAs: ['crates.io'],
  },
  'rust-sources': {
    reads: 'crates of other Rust programs, where their error messages name source files (Linux)',
    judgedAs: ['crates.io'],
  },
  packed: { reads: 'programs packed by UPX: named, not read', judgedAs: [] },
  portage: { reads: 'portage packages (Gentoo): listed only', judgedAs: [] },
  bottlerocket: { reads: 'the inventory of Bottlerocket: listed only', judgedAs: [] },
  nix: { reads: 'packages of Nix (folders of its store that have a version): listed only', judgedAs: [] },
  homebrew: { reads: 'packages of Homebrew (Cellar): listed only', judgedAs: [] },
  snap: { reads: 'unpacked snaps: listed only', judgedAs: [] },
  vcpkg: { reads: 'C and C++ libraries that vcpkg installed: listed only', judgedAs: [] },
  'conan-cache': { reads: "C and C++ packages of Conan 2 (its cache's database)", judgedAs: ['ConanCenter'] },
  conan: {
    reads: 'C and C++ packages of Conan (the cache of Conan 1, what a deployer copied)',
    judgedAs: ['ConanCenter'],
  },
  kernel: {
    reads: 'Linux kernels, and modules that are not part of one, where no package lists them: listed only',
    judgedAs: [],
  },
  mozilla: { reads: 'Firefox and Thunderbird (application.ini): listed only', judgedAs: [] },
  model: { reads: 'files of models (GGUF, safetensors): listed only', judgedAs: [] },
  secret: {
    reads:
      'private keys, and files that hold passwords and tokens (npm, registries, AWS, Git, PyPI, Kubernetes, Google Cloud, Vault, GitHub), in any layer, deleted ones too: shown by `drydock scan`; the place is kept, never the content',
    judgedAs: [],
  },
  unsupported: {
    reads: 'what other package managers installed (Flatpak, xbps, swupd, pkgtools): named, not read',
    judgedAs: [],
  },
};

/** The design's remedies; which of them exist is looked up, not written here. */
const remedies: Readonly<Record<string, string>> = {
  newer: 'a clean image that is there: the same tag pushed again, or a tag that the policy names',
  rebase: 'the same application layers on a patched base',
  patch: 'fixed packages of the operating system as one new layer',
  rebuild: 'ask the CI for a new image',
  revert: 'the last clean image',
  isolate: 'take a compromised container out of service',
};

const orchestrators: Readonly<Record<string, string>> = {
  ecs: 'Amazon ECS services (rolling deployments, with and without circuit breaker)',
  kubernetes: 'Kubernetes Deployments, StatefulSets, DaemonSets, CronJobs',
};

const sources: Readonly<Record<string, string>> = {
  openRegistry: 'any OCI or Docker registry, Amazon ECR among them',
  openLayout: 'OCI layout folders',
  openArchive: 'OCI and docker-archive tars',
  readFolder: 'root filesystems in a folder',
  readBill: 'SBOMs (CycloneDX 1.4 to 1.7 as JSON or XML; SPDX 2.2 to 3.0 as JSON, tag-value or JSON-LD)',
};

/** The tables "what Drydock reads and repairs today, and what not yet", made of what the code registers and exports. Throws for an extractor that is not described here. */
export async function capabilities(): Promise<string> {
  const readers: Readonly<Record<string, unknown>> = {
    ...(await import('#shared/oci')),
    ...(await import('#shared/inventory')),
    ...(await import('#shared/sbom')),
  };
  const remedy: Readonly<Record<string, unknown>> = await import('#shared/remedy');
  const fleet = await readdir(path.join(root, 'shared/fleet/adapters'));
  const rows = [...extractors, ...executableExtractors, ...folderExtractors].map(({ name }) => {
    const known = evidence[name];
    if (known === undefined)
      throw new Error(`cli/capabilities.ts does not say what the extractor ${name} reads; add a line`);
    return { name, ...known };
  });
  const judged = new Set(rows.flatMap(({ judgedAs }) => judgedAs));
  const waiting = judgesOfRecord
    .flatMap(({ ecosystems }) => ecosystems)
    .filter((ecosystem) => !judged.has(ecosystem) && versionOrderOf(ecosystem) !== undefined);
  return [
    '| reads | judged by advisories of | version order | judge of record |',
    '|---|---|---|---|',
    ...rows
      .filter(({ judgedAs }) => judgedAs.length > 0)
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap(({ reads, judgedAs }) => rowsOf(reads, judgedAs)),
    ...rows.filter(({ judgedAs }) => judgedAs.length === 0).map(({ reads }) => `| ${reads} | | | |`),
    '| executables and shared libraries: sha256, needed libraries and symbol versions, file capabilities (of images; of a folder they cannot be read) | what no package owns and no line above recognises is a reason of coverage | | |',
    '| extensions of PHP: as shared libraries only | | | |',
    '',
    ...(waiting.length === 0
      ? []
      : [
          `Not read yet, though versions could be compared: ${waiting.join(', ')}. An image that has only such packages is never called clean.`,
          '',
        ]),
    "Advisories are read from OSV's bulk export, and where a distribution publishes in a form of its own from there:",
    '',
    '| distribution | read from | beside OSV or instead | why |',
    '|---|---|---|---|',
    ...feedTable.map(
      ({ feed, osv, reason }) =>
        `| ${feed.ecosystem} | ${feed.name} (${new URL(feed.home).host}) | ${osv === 'none' ? 'instead' : 'beside'} | ${reason} |`,
    ),
    '',
    'Beside them, joined by CVE or by release:',
    '',
    '| catalogue | read from | gives | another place |',
    '|---|---|---|---|',
    ...catalogues.map(
      ({ name, home, gives, deployed, option }) =>
        `| ${name} | ${new URL(home).host} | ${gives} | \`drydock:${deployed}\`, \`--${option}\` |`,
    ),
    '',
    '| | today | not yet |',
    '|---|---|---|',
    twoColumns('images from', sources, (name) => typeof readers[name] === 'function'),
    twoColumns('repairs by', remedies, (name) => typeof remedy[`plan${capital(name)}`] === 'function', true),
    twoColumns('services of', orchestrators, (name) => fleet.includes(`${name}.ts`)),
  ].join('\n');
}

/** What is read beside advisories, and by which names another place is given for it. */
const catalogues = [
  {
    name: 'CISA KEV',
    home: cisaKev,
    gives: 'what is known to be exploited',
    deployed: 'kev',
    option: 'kev',
  },
  {
    name: 'FIRST EPSS',
    home: firstEpss,
    gives: 'how likely an exploit is',
    deployed: 'epss',
    option: 'epss',
  },
  {
    name: 'CVE List v5',
    home: cveListReleases,
    gives: `the severity of what no advisory rates (by its CNA, then CISA), what was rejected, what is disputed; the advisories of ${cveJudges.length} programs whose own project or vendor numbers their flaws`,
    deployed: 'cveList',
    option: 'cve-list',
  },
  {
    name: 'endoflife.date',
    home: endOfLifeDate,
    gives: 'when the updates of a release end; a table of them is bundled',
    deployed: 'endOfLife',
    option: 'end-of-life',
  },
] as const;

/** One line for the ecosystems that one order and one judge decide. */
function rowsOf(reads: string, ecosystems: readonly string[]): string[] {
  const alike = new Map<string, string[]>();
  for (const ecosystem of ecosystems) {
    const judge =
      judgeOfRecord(ecosystem)
        .ranks[0]?.filter((member) => member !== '*')
        .join(', ') || 'all records alike';
    const decided = `${versionOrderOf(ecosystem)?.name ?? 'none'} | ${judge}`;
    alike.set(decided, [...(alike.get(decided) ?? []), ecosystem]);
  }
  return [...alike].map(
    ([decided, names], index) => `| ${index === 0 ? reads : ''} | ${names.join(', ')} | ${decided} |`,
  );
}

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

function twoColumns(
  head: string,
  all: Readonly<Record<string, string>>,
  exists: (name: string) => boolean,
  named = false,
): string {
  const text = (wanted: boolean): string =>
    Object.entries(all)
      .filter(([name]) => exists(name) === wanted)
      .map(([name, says]) => (named ? `*${name}*: ${says}` : says))
      .join('; ');
  return `| ${head} | ${text(true)} | ${text(false)} |`;
}

/** The page with the tables between its markers. Throws when it has no markers, or not in order. */
export function withCapabilities(page: string, tables: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from)
    throw new Error(
      `docs/capabilities.md needs the lines ${begin} and ${end}, in this order, where the tables of capabilities belong`,
    );
  return `${page.slice(0, from + begin.length)}\n${tables}\n${page.slice(to)}`;
}

if (process.argv[1] !== undefined && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const tables = await capabilities();
  if (process.argv.includes('--write')) {
    const file = path.join(root, 'docs/capabilities.md');
    await writeFile(file, withCapabilities(await readFile(file, 'utf8'), tables));
  } else process.stdout.write(`${tables}\n`);
}
