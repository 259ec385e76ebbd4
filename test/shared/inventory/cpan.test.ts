import { describe, expect, test } from 'vitest';
import { besideDebian } from './beside-debian.ts';

const elf = { content: '\x7fELFx', mode: 0o755 };
const home = 'app/local/lib/perl5/x86_64-linux-gnu-thread-multi';

/** As cpanm 1.7046 wrote it (`cpanm --mirror … Acme::Local`). */
const record = (dist: string, module: string, pathname: string): string =>
  `{"dist":"${dist}","target":"${module}","version":"1","name":"${module}","pathname":"${pathname}","provides":{"${module}":{"file":"lib/x.pm","version":"1"}}}`;

/** As ExtUtils::MakeMaker 7.64 wrote it. */
const entry = (module: string, version: string): string =>
  `=head2 Sun Nov 29 08:28:20 2026: C<Module> L<${module}|${module}>\n\n=over 4\n\n=item *\n\nC<installed into: /app/local/lib/perl5>\n\n=item *\n\nC<LINKTYPE: dynamic>\n\n=item *\n\nC<VERSION: ${version}>\n\n=item *\n\nC<EXE_FILES: >\n\n=back\n\n`;

describe('distributions of CPAN', () => {
  test('given what cpanm installed, then each is listed by its distribution, and its libraries are no strangers', async () => {
    expect(
      await besideDebian({
        [`${home}/.meta/libwww-perl-6.72/install.json`]: record(
          'libwww-perl-6.72',
          'LWP',
          'O/OA/OALDERS/libwww-perl-6.72.tar.gz',
        ),
        [`${home}/.meta/Acme-Local-v1.2.0/install.json`]: record('Acme-Local-v1.2.0', 'Acme::Local', 'local'),
        [`${home}/auto/Acme/Local/Local.so`]: elf,
      }),
    ).toEqual({
      found: ['CPAN pkg:cpan/Acme-Local@v1.2.0', 'CPAN pkg:cpan/libwww-perl@6.72?author=OALDERS'],
      reasons: [],
    });
  });

  test('given a log of installations, then the last of each module counts, where no record speaks of it', async () => {
    const { found } = await besideDebian({
      [`${home}/.meta/Acme-Local-1.20/install.json`]: record('Acme-Local-1.20', 'Acme::Local', 'A/AC/ACME/x.tar.gz'),
      [`${home}/perllocal.pod`]: [
        entry('Acme::Local', '1.20'),
        entry('JSON::XS', '4.02'),
        entry('JSON::XS', '4.03'),
      ].join(''),
    });
    expect(found).toEqual(['CPAN pkg:cpan/Acme-Local@1.20?author=ACME', 'CPAN pkg:cpan/JSON-XS@4.03']);
  });

  test('given a log that is cut, then what it says whole is listed, and the cut is told', async () => {
    const path = `${home}/perllocal.pod`;
    expect(await besideDebian({ [path]: `${entry('JSON::XS', '4.03')}${entry('LWP', '6.72').slice(0, 90)}` })).toEqual({
      found: ['CPAN pkg:cpan/JSON-XS@4.03'],
      reasons: [`${path}: this log of Perl modules ends in an entry`],
    });
  });

  test("given the distribution's own log, then its package speaks for it", async () => {
    const path = 'usr/lib/x86_64-linux-gnu/perl/5.36/perllocal.pod';
    const { found } = await besideDebian({
      'var/lib/dpkg/info/bash.list': `/${path}\n`,
      [path]: entry('Encode', '3.17'),
    });
    expect(found).toEqual([]);
  });

  test('given records that say nothing, names that are none, and files of others, then nothing is made up', async () => {
    const nameless = `${home}/.meta/a/install.json`;
    expect(
      await besideDebian({
        [nameless]: '{"name":"A"}',
        'srv/install.json': record('Acme-Local-1.20', 'Acme::Local', ''),
        [`${home}/perllocal.pod`]: `C<VERSION: 1.0>\n${entry('A<b>', '1.0')}=head2 no module\n\nC<VERSION: 2.0>\n\n=back\n`,
      }),
    ).toEqual({
      found: [],
      reasons: [`${nameless}: a record of an installed Perl distribution that does not say which`],
    });
  });
});
