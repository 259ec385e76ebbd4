import type { Extractor, FileHeader } from './extractor.ts';
import { inFixture } from './fixture.ts';

/** A file that is a secret, or holds one, by its place and by what stands in it. */
interface Rule {
  /** our own word for it */
  readonly what: string;
  /** where such files lie */
  readonly place: RegExp;
  /** what an actual secret looks like there, and no reference to one (`${NPM_TOKEN}`) */
  readonly content: RegExp;
}

const rules: readonly Rule[] = [
  {
    what: 'a private key',
    place: /(?:^|\/)(?:id_(?:rsa|dsa|ecdsa|ed25519)|ssh_host_[a-z0-9]+_key|[^/]+\.(?:pem|key|p8))$/,
    // a key that needs a passphrase is none for whoever finds it: OpenSSH says `none` for its cipher in the first bytes of its own form
    content:
      /-----BEGIN (?:(?:RSA |DSA |EC )?PRIVATE KEY-----(?!\s*Proc-Type: 4,ENCRYPTED)|OPENSSH PRIVATE KEY-----\s+b3BlbnNzaC1rZXktdjEAAAAABG5vbmU)/,
  },
  {
    what: 'a token for npm',
    place: /(?:^|\/)\.npmrc$/,
    content: /^[ \t]*(?:\/\/[^=\n]*:)?_(?:authToken|auth|password)[ \t]*=[ \t]*["']?(?!["']?\$)[^\s"']/m,
  },
  {
    what: 'a password for registries',
    place: /(?:^|\/)(?:\.docker\/config\.json|\.dockercfg|containers\/auth\.json)$/,
    content: /"(?:auth|identitytoken)"\s*:\s*"[^"\s]/,
  },
  {
    what: 'a key for AWS',
    place: /(?:^|\/)\.aws\/(?:credentials|config)$/,
    content: /^[ \t]*aws_secret_access_key[ \t]*=[ \t]*[^\s$]/m,
  },
  { what: 'a password for hosts', place: /(?:^|\/)[._]netrc$/, content: /(?:^|\s)password\s+[^\s$]/ },
  {
    what: 'a password for Git',
    place: /(?:^|\/)(?:\.git-credentials|git\/credentials)$/,
    content: /^https?:\/\/[^\s:@/]*:[^\s@/$]+@/m,
  },
  { what: 'a password for PyPI', place: /(?:^|\/)\.pypirc$/, content: /^[ \t]*password[ \t]*[:=][ \t]*[^\s$]/m },
  {
    what: 'a password for a package index',
    place: /(?:^|\/)pip\.conf$/,
    content: /^[ \t]*(?:extra-)?index-url[ \t]*=[ \t]*https?:\/\/[^\s:@/]*:[^\s@/$]+@/m,
  },
  {
    what: 'a key for Kubernetes',
    place: /(?:^|\/)\.kube\/config$/,
    content: /^[ \t-]*(?:client-key-data|token|password):[ \t]*["']?[^\s"'$]/m,
  },
  {
    what: 'a key for Google Cloud',
    place: /(?:^|\/)gcloud\/(?:application_default_credentials|legacy_credentials\/[^/]+\/adc)\.json$/,
    content: /"(?:private_key|refresh_token)"\s*:\s*"[^"\s]/,
  },
  { what: 'a token for Vault', place: /(?:^|\/)\.vault-token$/, content: /^\S{8,}/ },
  { what: 'a token for GitHub', place: /(?:^|\/)gh\/hosts\.yml$/, content: /^[ \t]*oauth_token:[ \t]*[^\s$]/m },
];

/** every name that a rule asks for */
const names: ReadonlySet<string> = new Set([
  'id_rsa',
  'id_dsa',
  'id_ecdsa',
  'id_ed25519',
  '.npmrc',
  'config.json',
  '.dockercfg',
  'auth.json',
  'credentials',
  'config',
  '.netrc',
  '_netrc',
  '.git-credentials',
  '.pypirc',
  'pip.conf',
  'application_default_credentials.json',
  'adc.json',
  '.vault-token',
  'hosts.yml',
]);
const hasName = (base: string): boolean =>
  base.endsWith('.pem') || base.endsWith('key') || base.endsWith('.p8') || names.has(base);

/** Debian makes one for every machine that nobody trusts; documentation and tests have examples */
const known =
  /(?:^|\/)(?:ssl-cert-snakeoil\.key|usr\/(?:share|lib)\/(?:doc|examples)\/.*|(?:tests?|testdata|examples?)\/.*)$/;
/** what packages bring along is public */
const inPackage = /(?:^|\/)(?:node_modules|site-packages|dist-packages|gems|third_party|go\/pkg\/mod|go\/src)\//;
/** larger files are no keys */
const largest = 1 << 20;

/**
 * Private keys and tokens in files of well-known places (detection.md section 4, trap 47): whoever can pull the image has them, whatever a later layer deletes. Of the content
 * nothing is kept but what it is. What packages bring along for their tests is none.
 */
export const secret: Extractor = {
  name: 'secret',
  version: 1,
  concerns: { names: [...names], endings: ['.pem', 'key', '.p8'] },
  wants(file) {
    if (file.size === 0 || file.size > largest || !hasName(file.base)) return undefined;
    return ruleOf(file) === undefined ? undefined : 'beginning';
  },
  read(file) {
    const rule = ruleOf(file);
    return rule?.content.test(file.bytes.toString('latin1')) === true ? [{ kind: 'secret', what: rule.what }] : [];
  },
};

function ruleOf({ path }: FileHeader): Rule | undefined {
  const rule = rules.find(({ place }) => place.test(path));
  return rule === undefined || known.test(path) || inFixture(path) || inPackage.test(path) ? undefined : rule;
}
