import { UnreadableEvidence } from '../errors.ts';
import type { FoundPackage } from '../layer-facts.ts';
import { licensesOf, packageDrafts, qualifiersOf } from './drafts.ts';
import type { Extractor } from './extractor.ts';

const installed = /(?:^|\/)specifications\/(?:default\/)?[^/]+\.gemspec$/;
// bundler writes the evaluated specification over those of a checkout, down to this depth
const fromGit = /(?:^|\/)bundler\/gems\/[^/]+-[0-9a-f]{7,40}\/(?:[^/]+\/){0,2}[^/]+\.gemspec$/;
// what a gem's own folder holds is the gem's: fixtures, templates, vendored test suites; RVM calls homes of gems so, by the interpreter: gems/ruby-3.1.2@app
const insideGem =
  /(?:^|\/)gems\/(?!(?:j?ruby|truffleruby|mruby|rbx|ree)-\d[^/]*\/specifications\/)[^/]+-(?:\d[^/]*|[0-9a-f]{7,40})\/(?:.*\/)?specifications\//;
const longest = 1 << 20;

/**
 * Installed Ruby gems: the `*.gemspec` that RubyGems writes into `specifications` (default gems: `specifications/default`), and what bundler
 * writes of gems from git. The form is what `Gem::Specification#to_ruby` prints: one assignment of a literal per line, after a line
 * `# stub: name version platform paths`. A platform says how the gem was built; advisories do not ask for it.
 */
export const gem: Extractor = {
  name: 'gem',
  version: 2,
  concerns: { endings: ['.gemspec'] },
  wants({ path, base, size }) {
    if (size === 0 || !base.endsWith('.gemspec')) return undefined;
    if (installed.test(path)) return insideGem.test(path) ? undefined : 'content';
    return fromGit.test(path) ? 'content' : undefined;
  },
  read(file) {
    if (file.bytes.length > longest) throw new UnreadableEvidence(file.path, 'a gemspec of more than 1 MiB');
    const text = file.bytes.toString('utf8');
    const stub = /^# stub: (\S{1,300}) (\S{1,200}) (\S{1,100})(?: |$)/m.exec(text);
    // in a checkout, what bundler did not evaluate is source of the gem: examples, other gems of one repository
    if (stub === null && !installed.test(file.path)) return [];
    const name = literal(text, 'name') ?? stub?.[1];
    const version = literal(text, 'version') ?? stub?.[2];
    if (name === undefined) throw new UnreadableEvidence(file.path, 'a gemspec without a name');
    if (version === undefined) throw new UnreadableEvidence(file.path, 'a gemspec without a version');
    const platform = literal(text, 'platform') ?? stub?.[3];
    const found: FoundPackage = {
      type: 'gem',
      name,
      version,
      ...licensesOf(licenses(text)),
      ...qualifiersOf({ platform: platform === 'ruby' ? undefined : platform }),
    };
    return packageDrafts([found]);
  },
};

// "x", 'x', %q<x>, %q{x}: how RubyGems of all times writes a literal
const quoted = String.raw`(?:"([^"\n]{0,300})"|'([^'\n]{0,300})'|%q[<{(\[]([^>})\]\n]{0,300})[>})\]])`;
const assigned = {
  name: new RegExp(String.raw`^[ \t]*\w+\.name[ \t]*=[ \t]*${quoted}`, 'm'),
  version: new RegExp(String.raw`^[ \t]*\w+\.version[ \t]*=[ \t]*(?:Gem::Version\.new[ (])?${quoted}`, 'm'),
  platform: new RegExp(String.raw`^[ \t]*\w+\.platform[ \t]*=[ \t]*(?:Gem::Platform\.new[ (]\[?)?${quoted}`, 'm'),
};
const anyQuoted = new RegExp(quoted, 'g');

function literal(text: string, field: keyof typeof assigned): string | undefined {
  const match = assigned[field].exec(text);
  return match?.[1] ?? match?.[2] ?? match?.[3];
}

function licenses(text: string): string[] {
  const list = /^[ \t]*\w+\.licenses?[ \t]*=[ \t]*(.{0,2000})$/m.exec(text)?.[1] ?? '';
  return [...list.matchAll(anyQuoted)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}
