import { deflateSync, zstdCompressSync } from 'node:zlib';
import { asarOf } from './asar-builder.ts';
import { bundle } from './bundle-builder.ts';
import { conanCache } from './conan-cache.ts';
import { elfFile } from './elf-builder.ts';
import { goFile, lines } from './go-builder.ts';
import { osRelease, stanza } from './images.ts';
import { gguf, kernelImage, kernelModule, safetensors } from './large-file-builders.ts';
import { nativeImage } from './native-image-builder.ts';
import { packageNote } from './package-note-builder.ts';
import { peOf } from './pe-builder.ts';
import { serialize } from './php-serialize.ts';
import { rpmDatabase } from './rpm-databases.ts';
import { pom, zipOf } from './zip-builder.ts';

const text = (content: string): Buffer => Buffer.from(content);
const json = (value: unknown): Buffer => text(JSON.stringify(value));
const site = 'usr/lib/python3.11/site-packages';

/** What each extractor of files reads, in its real shape, long enough to be cut in its middle. One of each role. */
export const fileSamples: readonly (readonly [extractor: string, path: string, bytes: Buffer])[] = [
  [
    'apk',
    'lib/apk/db/installed',
    text('C:Q1a=\nP:musl\nV:1.2.5-r0\nA:x86_64\no:musl\nF:lib\nR:ld-musl-x86_64.so.1\n\n'),
  ],
  [
    'chisel',
    'var/lib/chisel/manifest.wall',
    zstdCompressSync(
      text(
        `{"jsonwall":"1.0","schema":"1.0","count":1}\n{"kind":"package","name":"libc6","version":"2.39-0ubuntu8.3","sha256":"${'a'.repeat(64)}","arch":"amd64"}\n`,
      ),
    ),
  ],
  ['composer', 'c/vendor/composer/installed.json', json({ packages: [{ name: 'acme/a', version: 'v1.2.0' }] })],
  [
    'conda',
    'e/conda-meta/a-1.0-0.json',
    json({ name: 'a', version: '1.0', build: '0', channel: 'main', files: ['bin/a'] }),
  ],
  ['dotnet-assembly', 'd/A.dll', peOf({ InternalName: 'A.dll', FileVersion: '1.2.3.0', ProductVersion: '1.2.3' })],
  [
    'content-sets',
    'root/buildinfo/content_manifests/ubi9-container-9.2-755.json',
    json({ metadata: { icm_version: 1, image_layer_index: 0 }, content_sets: ['rhel-9-for-x86_64-baseos-rpms'] }),
  ],
  [
    'dockerfile-labels',
    'root/buildinfo/Dockerfile-rhel-els-9.2-483',
    text(
      'FROM scratch\nLABEL com.redhat.component="rhel-els-container" \\\n      name="rhel9-2-els/rhel" version="9.2"\n',
    ),
  ],
  [
    'dotnet-deps',
    'd/App.deps.json',
    json({
      runtimeTarget: { name: 't' },
      targets: { t: { 'A/1.0.0': { runtime: { 'lib/A.dll': {} } } } },
      libraries: { 'A/1.0.0': { type: 'package' } },
    }),
  ],
  ['dpkg', 'var/lib/dpkg/status', text(stanza('bash', '5.2.15-2+b2', { Maintainer: 'A <a@debian.org>' }))],
  ['dpkg', 'var/lib/dpkg/status.d/base', text('Package: base-files\nVersion: 12.4\nArchitecture: amd64\n')],
  [
    'sbom',
    'opt/bitnami/redis/.spdx-redis.spdx',
    json({ SPDXID: 'SPDXRef-DOCUMENT', spdxVersion: 'SPDX-2.3', name: 'redis', packages: [] }),
  ],
  ['sbom', 'app/bom.cdx.json', json({ bomFormat: 'CycloneDX', specVersion: '1.6', components: [] })],
  ['erlang-app', 'l/ebin/a.app', text('{application,a,[{vsn,"1.0"},{modules,[b]},{licenses,["MIT"]}]}.\n')],
  [
    'gem',
    'g/specifications/rack-2.2.3.gemspec',
    text(
      '# stub: rack 2.2.3 ruby lib\n\nGem::Specification.new do |s|\n  s.name = "rack"\n  s.version = "2.2.3"\nend\n',
    ),
  ],
  [
    'jar',
    'j/app-1.0.jar',
    zipOf({ ...pom('com.example', 'app', '1.0'), 'META-INF/MANIFEST.MF': 'Implementation-Version: 1.0\n' }),
  ],
  [
    'exploded-jar',
    'x/META-INF/maven/com.example/exploded/pom.properties',
    text('groupId=com.example\nartifactId=exploded\nversion=1.0\n'),
  ],
  ['julia', 'd/packages/A/abcde/Project.toml', text('name = "A"\nuuid = "0-1"\nversion = "1.0.0"\n\n[deps]\n')],
  [
    'jvm-release',
    'opt/java/release',
    text('IMPLEMENTOR="Eclipse Adoptium"\nJAVA_VERSION="17.0.9"\nOS_ARCH="x86_64"\n'),
  ],
  [
    'luarocks',
    'luarocks/rocks-5.1/a/1.0-1/a-1.0-1.rockspec',
    text('package = "a"\nversion = "1.0-1"\ndescription = {\n  license = "MIT"\n}\n'),
  ],
  ['npm', 'a/node_modules/@x/y/package.json', json({ name: '@x/y', version: '1.2.3', license: 'MIT' })],
  [
    'pacman',
    'var/lib/pacman/local/bash-5.2-1/desc',
    text('%NAME%\nbash\n\n%VERSION%\n5.2-1\n\n%BASE%\nbash\n\n%ARCH%\nx86_64\n\n'),
  ],
  [
    'pear',
    'r/.registry/tar.reg',
    text(serialize({ name: 'Tar', channel: 'pecl.php.net', version: { release: '1.4.9' } })),
  ],
  ['pub', 'c/hosted/pub.dev/a-1.0.0/pubspec.yaml', text('name: a\nversion: "1.0.0"\ndependencies:\n')],
  [
    'pypi',
    `${site}/requests-2.31.0.dist-info/METADATA`,
    text('Metadata-Version: 2.1\nName: requests\nVersion: 2.31.0\n\nText\n'),
  ],
  ['pypi', `${site}/six-1.16.0-py3.11.egg`, zipOf({ 'EGG-INFO/PKG-INFO': 'Name: six\nVersion: 1.16.0\n' })],
  ['asar', 'opt/app/resources/app.asar', asarOf({ 'node_modules/ms/package.json': '{"name":"ms","version":"2.1.2"}' })],
  [
    'lab-bundle',
    'share/jupyter/lab/static/third-party-licenses.json',
    text('{"packages":[{"name":"marked","versionInfo":"17.0.1","licenseId":"MIT","extractedText":""}]}'),
  ],
  [
    'python-archive',
    'srv/app.pex',
    zipOf({ '.deps/six.whl/six-1.16.0.dist-info/METADATA': 'Name: six\nVersion: 1.16.0\n' }),
  ],
  [
    'python-record',
    `${site}/requests-2.31.0.dist-info/RECORD`,
    text('requests/__init__.py,sha256=aa,4924\nrequests-2.31.0.dist-info/RECORD,,\n'),
  ],
  [
    'r-package',
    'lib/R/library/a/DESCRIPTION',
    text('Package: a\nVersion: 1.0-2\nLicense: GPL (>= 2)\nBuilt: R 4.2.2; ; today; unix\n'),
  ],
  ['release', 'etc/os-release', text(osRelease.debian12)],
  [
    'rock',
    'usr/share/rocks/dpkg.query',
    text(
      'ID=ubuntu\n# os-release\n# dpkg-query\nii ,libc6:amd64,2.39-0ubuntu8.3,glibc,2.39-0ubuntu8.3\nii ,bash,5.2.21-2ubuntu4,bash,5.2.21-2ubuntu4\n',
    ),
  ],
  ['rpm', 'var/lib/rpm/rpmdb.sqlite', rpmDatabase('sqlite')],
  ['rpm', 'var/lib/rpm/Packages.db', rpmDatabase('ndb')],
  ['rpm', 'var/lib/rpm/Packages', rpmDatabase('littleEndian')],
  [
    'rpm',
    'var/lib/rpmmanifest/container-manifest-2',
    text(
      'bash\t5.1.8-1.cm2\t1653816591\t1653753130\tMicrosoft Corporation\t(none)\t4370598\tx86_64\t0\tbash-5.1.8-1.cm2.src.rpm\n',
    ),
  ],
  ['portage', 'var/db/pkg/app-shells/bash-5.2/CONTENTS', text('obj /bin/bash aa 1\n')],
  [
    'bottlerocket',
    'usr/share/bottlerocket/application-inventory.json',
    json({ Content: [{ Name: 'bash', Epoch: '0', Version: '5.1.16', Release: '1', Architecture: 'x86_64' }] }),
  ],
  [
    'homebrew',
    'home/linuxbrew/.linuxbrew/Cellar/jq/1.7.1/INSTALL_RECEIPT.json',
    json({ homebrew_version: '4.2.0', source: { tap: 'acme/tools', versions: { stable: '1.7.1' } } }),
  ],
  [
    'secret',
    'root/.aws/credentials',
    text('[default]\naws_secret_access_key = a-key-that-is-none\n[other]\nregion = x\n'),
  ],
  ['snap', 'snap/core22/1033/meta/snap.yaml', text('name: core22\nversion: "20231123"\nsummary: it is one\n')],
  ['vcpkg', 'v/installed/vcpkg/info/zlib_1.3.1_x64-linux.list', text('x64-linux/\nx64-linux/lib/libz.so\n')],
  [
    'conan',
    'root/.conan/data/zlib/1.2.13/_/_/package/4d887c1c2779c63d2cdd81580698d2e22cb35b29/conaninfo.txt',
    text('[settings]\n    arch=x86_64\n'),
  ],
  [
    'cpan',
    'local/lib/perl5/x86_64-linux-gnu/.meta/Acme-Local-1.20/install.json',
    json({ dist: 'Acme-Local-1.20', name: 'Acme::Local', pathname: 'A/AC/ACME/Acme-Local-1.20.tar.gz' }),
  ],
  [
    'cpan',
    'usr/local/lib/perl5/5.38.2/x86_64-linux-gnu/perllocal.pod',
    text('=head2 Sun Nov 29 08:28:20 2026: C<Module> L<Acme::Local|Acme::Local>\n\nC<VERSION: 1.20>\n\n=back\n'),
  ],
  ['conan-cache', 'root/.conan2/p/cache.sqlite3', conanCache()],
  ['kernel', 'opt/driver/nvidia.ko', kernelModule({ name: 'nvidia', version: '535.129.03', license: 'NVIDIA' })],
  ['kernel', 'boot/vmlinuz-6.1.0-18-amd64', kernelImage('6.1.0-18-amd64 (debian-kernel@lists.debian.org) #1 SMP')],
  ['model', 'srv/llama.gguf', gguf({ 'general.architecture': 'llama', 'general.name': 'Llama 3.2' })],
  ['model', 'srv/models/bert/model.safetensors', safetensors({ __metadata__: { format: 'pt' } })],
  [
    'mozilla',
    'opt/firefox/application.ini',
    text(
      '[App]\nVendor=Mozilla\nName=Firefox\nRemotingName=firefox\nVersion=151.0\nBuildID=20260611122700\n\n[Gecko]\n',
    ),
  ],
  ['unsupported', 'var/lib/flatpak/repo/config', text('[core]\nrepo_version=1\n')],
  ['wordpress', 'w/wp-content/plugins/a/a.php', text('<?php\n/*\nPlugin Name: A\nVersion: 1.0\nLicense: GPL\n*/\n')],
  [
    'yarn-cache',
    'a/.yarn/cache/ms-npm-2.1.2-874ae2a8a6-1a.zip',
    zipOf({ 'node_modules/ms/package.json': '{"name":"ms","version":"2.1.2"}' }),
  ],
];

const goModules = lines(
  ['path', 'github.com/acme/tool'],
  ['mod', 'github.com/acme/tool', 'v1.4.0', ''],
  ['dep', 'golang.org/x/net', 'v0.17.0', 'h1:pVaXccu2ozPjCXewfr1S7xza/zcXTity9cCdXQYSjIM='],
);

/** What each extractor of executables finds something in. Programs have an x bit; a padding keeps what they say within their first half or behind it. */
export const programSamples: readonly (readonly [extractor: string, path: string, bytes: Buffer])[] = [
  ['go', 'usr/local/bin/tool', goFile({ modules: goModules })],
  ['go', 'usr/local/bin/old-tool', goFile({ modules: goModules, form: 'pointers', goVersion: 'go1.16.5' })],
  [
    'cargo-auditable',
    'usr/local/bin/hello',
    elfFile({
      sections: {
        '.dep-v0': deflateSync(
          JSON.stringify({ packages: [{ name: 'itoa', version: '1.0.19', source: 'crates.io' }], format: 1 }),
        ),
      },
    }),
  ],
  [
    'rust-sources',
    'usr/local/bin/rusty',
    elfFile({
      code: 70_000,
      sections: {
        '.rodata': text('/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/smallvec-1.6.0/src/lib.rs'),
        '.comment': text('GCC: (GNU) 12\0rustc version 1.80.0 (051478957 2024-07-21)\0'),
      },
    }),
  ],
  ['dotnet-bundle', 'app/shop', bundle({ libraries: { 'Newtonsoft.Json/13.0.1': { type: 'package' } } })],
  ['graalvm-sbom', 'app/service', nativeImage([{ purl: 'pkg:maven/io.netty/netty-codec-http@4.1.100.Final' }])],
  [
    'package-note',
    'usr/bin/ls',
    elfFile({
      sections: { '.note.package': packageNote('{"type":"deb","os":"debian","name":"coreutils","version":"9.1-1"}') },
    }),
  ],
  [
    'packed',
    'usr/local/bin/packed',
    Buffer.concat([elfFile({ hasSections: false }), text('\0\0\0\0UPX!\r\0\0\0'), Buffer.alloc(600, 7)]),
  ],
  ['program', 'usr/sbin/nginx', elfFile({ code: text('\0nginx version: nginx/1.25.3\n\0') })],
];
