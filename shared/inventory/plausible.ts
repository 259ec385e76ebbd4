// DynamoDB allows 1,024 bytes for a sort key that holds everything that a package key does: these bounds keep within it. Keys of rpm packages
// also hold a vendor and a module stream.
const longestName = 214;
const longestRpmName = 180;
const longestVersion = 128;

const nameForms: Readonly<Record<string, RegExp>> = {
  deb: /^[A-Za-z0-9][A-Za-z0-9+.~_-]*$/,
  opkg: /^[A-Za-z0-9][A-Za-z0-9+.~_-]*$/,
  alpm: /^[A-Za-z0-9@_+][A-Za-z0-9@._+-]*$/,
  ebuild: /^[A-Za-z0-9+_.-]+\/[A-Za-z0-9+_.-]+$/,
  rpm: /^[A-Za-z0-9_][A-Za-z0-9+._~^-]*$/,
  apk: /^[A-Za-z0-9.][A-Za-z0-9+.~_:=-]*$/,
  npm: /^(?:@[A-Za-z0-9._~!*'()-]+\/)?[A-Za-z0-9._~!*'()-]+$/,
  pypi: /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/,
  gem: /^[A-Za-z0-9._-]+$/,
  composer: /^[a-z0-9][a-z0-9_.-]*\/[a-z0-9][a-z0-9_.-]*$/,
  conda: /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/,
  cran: /^[A-Za-z][A-Za-z0-9.]*$/,
  bioconductor: /^[A-Za-z][A-Za-z0-9.]*$/,
  luarocks: /^[a-z0-9][a-z0-9_.-]*$/,
  cpan: /^[A-Za-z_][A-Za-z0-9_.+-]*$/,
  hex: /^[a-z][a-zA-Z0-9_]*$/,
  otp: /^[a-z][a-zA-Z0-9_]*$/,
  pub: /^[a-z_][a-z0-9_]*$/,
  golang: /^[A-Za-z0-9_-][A-Za-z0-9._~+-]*(?:\/[A-Za-z0-9._~+-]+)*$/,
  cargo: /^[A-Za-z0-9_-]+$/,
  julia: /^[A-Za-z_]\w*$/,
  wordpress: /^(?:plugin|theme)\/[A-Za-z0-9][A-Za-z0-9_.-]*$/,
  'wordpress-core': /^wordpress$/,
  nuget: /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/,
  jvm: /^[a-z][a-z0-9-]*$/,
  program: /^[a-z][a-z0-9+.-]*$/,
  pear: /^[A-Za-z0-9._/-]+\/[A-Za-z0-9._-]+$/,
  nix: /^[A-Za-z0-9+._?=-]+$/,
  brew: /^[a-z0-9][a-z0-9+_.@-]*$/,
  snap: /^[a-z0-9][a-z0-9-]*$/,
  vcpkg: /^[a-z0-9][a-z0-9-]*$/,
  conan: /^[a-z0-9_][a-z0-9_.+-]*$/,
  kernel: /^[A-Za-z0-9_-]+$/,
  model: /^[A-Za-z0-9_][A-Za-z0-9_.+-]*(?:\/[A-Za-z0-9_.+-]+)*$/,
  maven: /^[A-Za-z0-9_.+-]+(?::[A-Za-z0-9_.+-]+)?$/,
};
// branches have slashes in Composer: dev-feature/login
const versionForm = /^(?:[A-Za-z0-9_.+~:!*^=-]+|dev-[A-Za-z0-9_.+/-]+)$/;

/** True when a package could have this name in its ecosystem (purl type). What cannot be a name is reported, never kept as one. */
export function plausibleName(type: string, name: string): boolean {
  const form = nameForms[type];
  return name.length <= (type === 'rpm' ? longestRpmName : longestName) && form !== undefined && form.test(name);
}

/** True when text can be a version: no white space, control characters, markup or quotes. */
export function plausibleVersion(version: string): boolean {
  return version.length <= longestVersion && versionForm.test(version);
}

/** Hostile text for a message: control, bidirectional, unassigned and other invisible characters as escapes, cut to 120 characters. */
export function shown(text: string): string {
  const cut = text.length > 120 ? `${text.slice(0, 117)}...` : text;
  return cut.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`);
}
