import type { EvidenceDraft, FoundPackage } from '../layer-facts.ts';
import { baseOf, folderOf } from '../path.ts';
import { licensesOf, packageDrafts } from './drafts.ts';
import type { EvidenceFile, Extractor } from './extractor.ts';

const plugin = /(?:^|\/)wp-content\/(?:mu-)?plugins\/(?:([^/]+)\/)?[^/]+\.php$/;
const theme = /(?:^|\/)wp-content\/themes\/([^/]+)\/style\.css$/;
const core = /(?:^|\/)wp-includes\/version\.php$/;
/** WordPress itself looks no further (get_file_data) */
const beginning = 8192;

/**
 * WordPress (`wp-includes/version.php`), its plugins and themes, by the comment that stands at the head of a plugin's main file and of a theme's
 * style.css (WordPress developer handbook, "Header Requirements"). A plugin is known by its folder, which is its name in the directory. Bitnami's
 * records speak of WordPress itself; nobody publishes advisories for plugins and themes that could be had by their names.
 */
export const wordpress: Extractor = {
  name: 'wordpress',
  version: 1,
  concerns: { folders: ['wp-content', 'wp-includes'] },
  wants({ path, base, size }) {
    if (size === 0 || !(base.endsWith('.php') || base === 'style.css')) return undefined;
    if (path.includes('wp-content/')) return plugin.test(path) || theme.test(path) ? 'content' : undefined;
    return base === 'version.php' && core.test(path) ? 'content' : undefined;
  },
  read(file) {
    const text = file.bytes.toString('utf8', 0, beginning);
    if (core.test(file.path)) return coreOf(file.bytes.toString('utf8', 0, 4 * beginning));
    const isTheme = theme.test(file.path);
    // other files of a plugin have no such head
    if (header(text, isTheme ? 'Theme Name' : 'Plugin Name') === undefined) return [];
    const name = isTheme ? `theme/${baseOf(folderOf(file.path))}` : `plugin/${pluginOf(file)}`;
    return found({
      type: 'wordpress',
      name,
      version: header(text, 'Version') ?? '',
      ...licensesOf([header(text, 'License')]),
    });
  },
};

/** The folder of a plugin, or its file where it is one alone. */
function pluginOf({ path, base }: EvidenceFile): string {
  return plugin.exec(path)?.[1] ?? base.replace(/\.php$/, '');
}

function coreOf(text: string): readonly EvidenceDraft[] {
  const version = /^[ \t]*\$wp_version[ \t]*=[ \t]*(["'])([^"'\n]{1,100})\1/m.exec(text)?.[2] ?? '';
  return found({ type: 'wordpress-core', name: 'wordpress', version });
}

function found(claim: FoundPackage): readonly EvidenceDraft[] {
  if (claim.version === '')
    return [{ kind: 'trouble', code: 'unknown-version', text: `${kindOf(claim)} that does not say its version` }];
  return packageDrafts([claim]);
}

function kindOf({ name }: FoundPackage): string {
  if (name === 'wordpress') return 'a WordPress';
  return `a WordPress ${name.slice(0, name.indexOf('/'))}`;
}

/** A field of the comment: at the beginning of a line, behind what comments are drawn with, up to the comment's or the file's end. */
function header(text: string, field: string): string | undefined {
  const value = new RegExp(`^(?:[ \\t]*<\\?php)?[ \\t/*#@]*${field}:([^\\r\\n]*)$`, 'mi').exec(text)?.[1];
  const plain = value?.replace(/(?:\*\/|\?>).*$/, '').trim();
  return plain === '' ? undefined : plain;
}
