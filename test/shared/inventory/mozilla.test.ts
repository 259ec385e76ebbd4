import { describe, expect, test } from 'vitest';
import { besideDebian } from './beside-debian.ts';
import { elfFile } from './elf-builder.ts';
import { stanza } from './images.ts';

const program = { content: elfFile({}), mode: 0o755 };

/** As of Firefox 151.0 of Mozilla's archive, and of Debian 12's firefox-esr 153.8.0esr-1~deb12u1. */
const applicationIni = (fields: Readonly<Record<string, string>> = {}): string =>
  [
    '; This file is not used. If you modify it and want the application to use',
    '; your modifications, move it under the browser/ subdirectory and start with',
    '[App]',
    ...Object.entries({ Vendor: 'Mozilla', Name: 'Firefox', RemotingName: 'firefox', Version: '151.0', ...fields }).map(
      ([name, value]) => `${name}=${value}`,
    ),
    'BuildID=20260611122700',
    'ID={ec8030f7-c20a-464f-9b0e-13a3a9e97384}',
    '',
    '[Gecko]',
    'MinVersion=151.0',
    'Name=Gecko',
    '',
  ].join('\n');

describe('applications of Mozilla', () => {
  test('given Firefox as its archive lays it out, then it is listed, and its programs and libraries are no strangers', async () => {
    expect(
      await besideDebian({
        'opt/firefox/application.ini': applicationIni(),
        'opt/firefox/firefox': program,
        'opt/firefox/firefox-bin': program,
        'opt/firefox/pingsender': program,
        'opt/firefox/libnss3.so': program,
        'opt/firefox/gmp-clearkey/0.1/libclearkey.so': program,
      }),
    ).toEqual({ found: ['Programs pkg:generic/firefox@151.0'], reasons: [] });
  });

  test('given Thunderbird with lines of Windows, then it is that', async () => {
    const text = applicationIni({ Name: 'Thunderbird', Version: '128.5.0' }).replaceAll('\n', '\r\n');
    expect((await besideDebian({ 'opt/t/application.ini': text })).found).toEqual([
      'Programs pkg:generic/thunderbird@128.5.0',
    ]);
  });

  test('given a program beside it that is not its own, then that stays a stranger', async () => {
    const { reasons } = await besideDebian({
      'opt/firefox/application.ini': applicationIni(),
      'opt/firefox/miner': program,
    });
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toContain('opt/firefox/miner');
  });

  test('given the package of a distribution, then it is that package and no second one', async () => {
    const path = 'usr/lib/firefox-esr/application.ini';
    const { found } = await besideDebian({
      'var/lib/dpkg/status': stanza('firefox-esr', '153.8.0esr-1~deb12u1'),
      'var/lib/dpkg/info/firefox-esr.list': `/${path}\n`,
      [path]: applicationIni({ Version: '153.8.0' }),
    });
    expect(found).toEqual([]);
  });

  test('given what others made of it, or an application of another vendor, then it is not Firefox', async () => {
    expect(
      await besideDebian({
        'opt/a/application.ini': applicationIni({ Name: 'Nightly' }),
        'opt/b/application.ini': applicationIni({ Vendor: 'Waterfox' }),
        'opt/c/application.ini': '[Other]\nVendor=Mozilla\nName=Firefox\nVersion=1.0\n',
        'opt/d/application.ini': 'Name=Firefox\n',
      }),
    ).toEqual({ found: [], reasons: [] });
  });

  test('given one that does not say its version, then that is said', async () => {
    const { reasons } = await besideDebian({ 'opt/a/application.ini': applicationIni({ Version: '' }) });
    expect(reasons).toEqual(['opt/a/application.ini: a firefox that does not say its version']);
  });
});
