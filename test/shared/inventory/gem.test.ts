import { describe, expect, test } from 'vitest';
import { type Inventory, readInventory } from '#shared/inventory';
import { buildImage, readImages } from '#shared/oci';
import { inventoryOf, layerOf, named, osRelease, stanza, type Tree } from './images.ts';

/** A specification as RubyGems 3 writes it on installation. */
function gemspec(
  name: string,
  version: string,
  options: { platform?: string; licenses?: readonly string[] } = {},
): string {
  const { platform = 'ruby', licenses = ['MIT'] } = options;
  return `# -*- encoding: utf-8 -*-
# stub: ${name} ${version} ${platform} lib
# stub: ext/${name}/extconf.rb

Gem::Specification.new do |s|
  s.name = "${name}".freeze
  s.version = "${version}"${platform === 'ruby' ? '' : `\n  s.platform = "${platform}".freeze`}

  s.required_rubygems_version = Gem::Requirement.new(">= 0".freeze) if s.respond_to? :required_rubygems_version=
  s.metadata = { "source_code_uri" => "https://example.org/${name}" } if s.respond_to? :metadata=
  s.require_paths = ["lib".freeze]
  s.authors = ["Yoko Harada".freeze, "Lars Kanis".freeze]
  s.description = "Makes it painless.\\n  s.version = \\"9.9\\"\\n".freeze
  s.licenses = [${licenses.map((text) => `"${text}".freeze`).join(', ')}]
  s.installed_by_version = "3.3.15" if s.respond_to? :installed_by_version

  if s.respond_to? :specification_version then
    s.specification_version = 4
  end
  s.add_runtime_dependency(%q<racc>.freeze, ["~> 1.4"])
end
`;
}

/** The inventory of an image of these layers as a scan makes it: from a source, every blob checked. */
async function readBack(...trees: readonly Tree[]): Promise<Inventory> {
  const { source } = buildImage({ layers: trees.map((tree) => layerOf(tree)) });
  const [image] = (await readImages(source)).images;
  return (await readInventory({ image: image!, source })).inventory;
}

describe('Ruby gems', () => {
  test('given installed, default, bundled and git gems, then each is found once with its licences and platform', async () => {
    const inventory = await inventoryOf({
      'usr/local/bundle/specifications/nokogiri-1.13.10-x86_64-linux.gemspec': gemspec('nokogiri', '1.13.10', {
        platform: 'x86_64-linux',
      }),
      'usr/local/lib/ruby/gems/3.1.0/specifications/default/openssl-3.0.1.gemspec': gemspec('openssl', '3.0.1', {
        licenses: ['Ruby', 'BSD-2-Clause'],
      }),
      'app/vendor/bundle/ruby/3.1.0/specifications/rack-2.2.3.gemspec': gemspec('rack', '2.2.3'),
      'usr/local/bundle/bundler/gems/rails-1f0e2d3c4b5a/activerecord/activerecord.gemspec': gemspec(
        'activerecord',
        '7.1.0.alpha',
      ),
    });
    expect(named(inventory)).toEqual(['activerecord@7.1.0.alpha', 'nokogiri@1.13.10', 'openssl@3.0.1', 'rack@2.2.3']);
    const [, nokogiri, openssl] = inventory.packages;
    expect(nokogiri).toMatchObject({
      type: 'gem',
      key: { ecosystem: 'RubyGems', name: 'nokogiri', version: '1.13.10' },
      purl: 'pkg:gem/nokogiri@1.13.10?platform=x86_64-linux',
    });
    expect(openssl).toMatchObject({ purl: 'pkg:gem/openssl@3.0.1', licenses: ['Ruby', 'BSD-2-Clause'] });
  });

  test('given RVM, which calls homes of gems by the interpreter, then they are no folders of a gem', async () => {
    const inventory = await inventoryOf({
      'usr/local/rvm/gems/ruby-3.1.2/specifications/rack-2.2.3.gemspec': gemspec('rack', '2.2.3'),
      'usr/local/rvm/gems/ruby-3.1.2@app/specifications/puma-6.4.0.gemspec': gemspec('puma', '6.4.0'),
      'root/.rvm/gems/jruby-9.4.5.0/specifications/nokogiri-1.15.0-java.gemspec': gemspec('nokogiri', '1.15.0'),
      'usr/local/rvm/gems/ruby-3.1.2/gems/rake-13.0.6/test/specifications/fixture-1.0.gemspec': gemspec('fixture', '1'),
      'usr/local/bundle/gems/ruby-openid-2.9.2/specifications/fixture-1.0.gemspec': gemspec('fixture', '1'),
    });
    expect(named(inventory)).toEqual(['nokogiri@1.15.0', 'puma@6.4.0', 'rack@2.2.3']);
  });

  test('given specifications as RubyGems 1 wrote them, then they are read too', async () => {
    const inventory = await inventoryOf({
      'usr/lib/ruby/gems/1.8/specifications/rails-2.3.5.gemspec':
        '# -*- encoding: utf-8 -*-\n\nGem::Specification.new do |s|\n  s.name = %q{rails}\n  s.version = "2.3.5"\nend\n',
      'usr/lib/ruby/gems/1.8/specifications/rake-0.8.7.gemspec':
        'Gem::Specification.new do |s|\n  s.name = \'rake\'\n  s.version = Gem::Version.new("0.8.7")\nend\n',
    });
    expect(named(inventory)).toEqual(['rails@2.3.5', 'rake@0.8.7']);
  });

  test('given source specifications and fixtures inside of gems, then they are no packages', async () => {
    const inventory = await inventoryOf({
      'usr/local/bundle/gems/rack-2.2.3/rack.gemspec': gemspec('rack', '2.2.3'),
      'usr/local/bundle/gems/bundler-2.3.7/spec/support/specifications/fake-1.0.gemspec': gemspec('fake', '1.0'),
      'usr/local/bundle/bundler/gems/dummy-0123456789ab/test/dummy.gemspec':
        'Gem::Specification.new do |s|\n  s.name = "dummy"\n  s.version = Dummy::VERSION\nend\n',
      'app/app.gemspec': gemspec('app', '1.0'),
    });
    expect(named(inventory)).toEqual([]);
    expect(inventory.coverage.reasons.filter(({ code }) => code === 'unreadable-evidence')).toEqual([]);
  });

  test('given a specification without a version, then it is named as unreadable', async () => {
    const path = 'usr/local/bundle/specifications/odd-1.0.gemspec';
    const inventory = await inventoryOf({ [path]: 'Gem::Specification.new do |s|\n  s.name = "odd"\nend\n' });
    expect(inventory.coverage.reasons).toContainEqual({
      code: 'unreadable-evidence',
      path,
      text: `${path}: a gemspec without a version`,
    });
  });

  test('given a gem that the distribution packaged, then the mark says so; one of another version stays unmarked', async () => {
    const path = 'usr/share/rubygems-integration/all/specifications/rack-2.2.6.gemspec';
    const tree = (version: string) => ({
      'etc/os-release': osRelease.debian12,
      'var/lib/dpkg/status': stanza('ruby-rack', version),
      'var/lib/dpkg/info/ruby-rack.list': `/.\n/${path}\n`,
      [path]: gemspec('rack', '2.2.6'),
    });
    const mark = async (version: string) =>
      (await inventoryOf(tree(version))).packages.find(({ type }) => type === 'gem')?.ownedBy;
    expect(await mark('2.2.6-1+deb12u1')).toBe('deb:ruby-rack');
    expect(await mark('2.1.4-3')).toBeUndefined();
  });

  test('given an upper layer that removes a gem and adds another, then the layers say who brought what', async () => {
    const inventory = await readBack(
      {
        'gems/specifications/rack-2.2.3.gemspec': gemspec('rack', '2.2.3'),
        'gems/specifications/rake-13.0.6.gemspec': gemspec('rake', '13.0.6'),
      },
      {
        'gems/specifications/rack-2.2.3.gemspec': null,
        'gems/specifications/rack-2.2.8.gemspec': gemspec('rack', '2.2.8'),
      },
    );
    const [base, top] = inventory.layers;
    expect(inventory.packages.map(({ key, layer }) => [key.name, key.version, layer])).toEqual([
      ['rack', '2.2.8', top?.digest],
      ['rake', '13.0.6', base?.digest],
    ]);
  });
});
