/** A package that one side finds and the other does not. */
export interface Difference {
  readonly image: string;
  readonly peer: string;
  /** who finds it */
  readonly side: 'peer' | 'drydock';
  readonly purl: string;
  /** where it is seen, in the words of who finds it */
  readonly where: string;
  /** what the other side finds in the same image */
  readonly other: ReadonlySet<string>;
}

interface DifferenceClass {
  /** why the two differ, and who is right */
  readonly name: string;
  readonly side: Difference['side'];
  readonly holds: (difference: Difference) => boolean;
}

const classes: readonly DifferenceClass[] = [
  {
    name: 'an operating system package brought it, and the peer leaves out all that such packages own; here only what is that package itself is marked',
    side: 'drydock',
    holds: ({ peer, image, purl }) => peer === 'trivy' && image.startsWith('debian') && !purl.startsWith('deb/'),
  },
  {
    name: 'it has no version, so nothing can judge it; here such a file is no package',
    side: 'peer',
    holds: ({ purl }) => /@(?:unknown|UNKNOWN)?$/.test(purl),
  },
  {
    name: 'a key that rpm lists beside its packages, which is none',
    side: 'peer',
    holds: ({ purl }) => purl.startsWith('rpm/gpg-pubkey@'),
  },
  {
    name: 'an apk database below /usr, where apk 3 and apko put it and the peer does not look',
    side: 'drydock',
    holds: ({ peer, purl, where }) =>
      peer === 'trivy' && purl.startsWith('apk/') && where.startsWith('usr/lib/apk/db/'),
  },
  {
    name: 'the peer reads no rpm database',
    side: 'drydock',
    holds: ({ peer, purl }) => peer === 'osv-scanner' && purl.startsWith('rpm/'),
  },
  {
    name: 'the same artifact and version under another group: the published coordinates are ours',
    side: 'peer',
    holds: (each) => each.purl.startsWith('maven/') && hasUnderAnotherGroup(each),
  },
  {
    name: 'the published coordinates of what the peer has under another group',
    side: 'drydock',
    holds: (each) => each.purl.startsWith('maven/') && hasUnderAnotherGroup(each),
  },
  {
    name: 'a part of a Java runtime, which no Maven repository publishes',
    side: 'peer',
    holds: ({ purl, where }) => purl.startsWith('maven/') && where.includes('/lib/jvm/'),
  },
  {
    name: "the application's own package.json, which no registry publishes",
    side: 'peer',
    holds: ({ purl }) => purl === 'npm/app@1.0.0',
  },
  {
    name: 'a package.json of an editor extension or a fixture, which nothing can require',
    side: 'peer',
    holds: ({ purl, where }) =>
      purl.startsWith('npm/') &&
      (!/\/node_modules\/|\/nodejs\//.test(where) || /\/(?:tests?|fixtures?|benchmarks?|examples?)\//.test(where)),
  },
  {
    name: 'a crate of a Rust program without a list of them, named by its source file in a message of errors, where the peer does not look',
    side: 'drydock',
    holds: ({ image, purl }) => purl.startsWith('cargo/') && image !== 'rust-auditable',
  },
  {
    name: 'a package.json inside a package that nobody may publish: a mark for Node and bundlers',
    side: 'peer',
    holds: ({ where }) => /\/node_modules\/terser\/(?:bin|dist)\/package\.json$/.test(where),
  },
  {
    name: 'a shared framework by the name of the pack that the build took it from: advisories know it by ours',
    side: 'peer',
    holds: ({ purl, other }) => other.has(purl.replace('nuget/runtimepack.', 'nuget/')),
  },
  {
    name: 'a deps.json lists it without files, as a part of the application itself, or its files are not there',
    side: 'peer',
    holds: ({ purl, where }) => purl.startsWith('nuget/') && /\.deps\.json$|^dotnet/.test(where),
  },
  {
    name: 'a shared framework by the name and version that advisories know',
    side: 'drydock',
    holds: ({ purl, other }) =>
      /^nuget\/.*\.app\.runtime\./.test(purl) &&
      (other.size === 0 || [...other].some((each) => each.startsWith('nuget/'))),
  },
  {
    name: 'an archive of Yarn that is never unpacked, which the peer does not open',
    side: 'drydock',
    holds: ({ purl, where }) => purl.startsWith('npm/') && where.includes('.yarn/cache/'),
  },
  {
    name: "the peer reads node_modules only where npm's own list of them lies",
    side: 'drydock',
    holds: ({ peer, image }) => peer === 'osv-scanner' && image.startsWith('node-'),
  },
  {
    name: 'a program of .NET that holds its parts in one file, which the peer does not open',
    side: 'drydock',
    holds: ({ image, purl, other }) => image === 'dotnet' && purl.startsWith('nuget/') && other.size === 0,
  },
  {
    name: 'a PEAR package under its own name: advisories speak of it by that of Packagist, as we do',
    side: 'peer',
    holds: ({ purl, other }) => purl.startsWith('pear/') && other.has(packagistName(purl)),
  },
  {
    name: 'a PEAR package by the name of Packagist, by which advisories speak of it',
    side: 'drydock',
    holds: ({ purl, where }) => purl.startsWith('composer/pear/') && where.includes('/.registry/'),
  },
  {
    name: 'a DESCRIPTION that installation did not write: it has no field Built',
    side: 'peer',
    holds: ({ purl }) => purl.startsWith('cran/'),
  },
  {
    name: 'the peer lists Erlang applications and WordPress without a purl, or not at all',
    side: 'drydock',
    holds: ({ peer, purl }) => peer === 'syft' && /^(?:hex|otp|generic\/wordpress)/.test(purl),
  },
  {
    name: 'the peer does not read this kind of evidence in an image',
    side: 'drydock',
    holds: ({ peer, purl }) =>
      (peer === 'osv-scanner' && /^(?:gem|composer|cran|nuget|hex|otp|generic\/wordpress)/.test(purl)) ||
      (peer === 'trivy' && /^(?:cran|hex|otp|generic\/wordpress)/.test(purl)),
  },
  {
    name: 'a jar that says no coordinates: without its database of a gigabyte the peer knows none',
    side: 'drydock',
    holds: ({ peer, purl }) => peer === 'trivy' && purl.startsWith('maven/'),
  },
  {
    name: 'a name that the peer has made of a manifest, of a jar whose artifact is another',
    side: 'peer',
    holds: ({ purl, where }) => purl.startsWith('maven/') && where.includes('/usr/share/java/'),
  },
  {
    name: 'a program of an operating system package: here that package alone',
    side: 'peer',
    holds: ({ purl, where }) => purl.startsWith('generic/') && where.includes(' at /usr/'),
  },
  {
    name: "Debian's own folders of Node.js, which the peer does not read",
    side: 'drydock',
    holds: ({ purl, where }) => purl.startsWith('npm/') && where.startsWith('usr/share/nodejs/'),
  },
  {
    name: 'a copy that an npm package carries inside itself, marked as such',
    side: 'drydock',
    holds: ({ purl, where }) => purl.startsWith('npm/') && /node_modules\/.+\/(?:compiled|vendor|dist)\//.test(where),
  },
  {
    name: 'a jar of which no group is known, told so, where the peer makes one of its manifest or leaves it out',
    side: 'drydock',
    holds: ({ purl, where }) => purl.startsWith('generic/') && /\.jar(?:$|[ (!])/.test(where),
  },
  {
    name: 'a program or library recognised by its bytes, which the peer does not know or look for there',
    side: 'drydock',
    holds: ({ purl }) => purl.startsWith('generic/'),
  },
  {
    name: 'a copy that pip or setuptools carry inside themselves, by their own list, marked as such',
    side: 'drydock',
    holds: ({ purl, where }) => purl.startsWith('pypi/') && /\/_vendor\//.test(where),
  },
  {
    name: "an egg of Python's own tests, which an interpreter could load as any other",
    side: 'drydock',
    holds: ({ purl, where }) => purl.startsWith('pypi/') && /\/test\/.*\.egg/.test(where),
  },
  {
    name: "a wheel or an egg among the data of Python's or setuptools' own tests, which is not installed",
    side: 'peer',
    holds: ({ purl, where }) => purl.startsWith('pypi/') && /\/tests?\//.test(where),
  },
  {
    name: 'an operating system package owns it, which the peer leaves out and we mark',
    side: 'drydock',
    holds: ({ where }) => where.includes('(owned by '),
  },
];

/** The class that explains a difference, or 'UNEXPLAINED'. The first that holds is taken. */
export const classOf = (difference: Difference): string =>
  classes.find(({ side, holds }) => side === difference.side && holds(difference))?.name ?? 'UNEXPLAINED';

/** maven/group/artifact@version */
function hasUnderAnotherGroup({ purl, other }: Difference): boolean {
  const artifact = purl.slice(purl.lastIndexOf('/') + 1);
  return [...other].some((each) => each.startsWith('maven/') && each.slice(each.lastIndexOf('/') + 1) === artifact);
}

/** pear/pear.php.net/Archive_Tar@1.4.14 -> composer/pear/archive_tar@1.4.14 */
function packagistName(purl: string): string {
  return `composer/pear/${purl.slice(purl.lastIndexOf('/') + 1).toLowerCase()}`;
}
