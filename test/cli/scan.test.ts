import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { buildImage, buildIndex, parseReference, pushImage } from '#shared/oci';
import { startRegistry } from '../../local/registry/index.ts';
import { layerOf, osRelease, stanza } from '../shared/inventory/images.ts';
import { drydock } from './command.ts';
import { advisories, application, at, home, layout, packages, type Report, reportOf, scan } from './scanned-debian.ts';
import { debianImage, debianLayers, writeDockerArchive, writeLayout } from './stored-images.ts';

describe('what is noise in an image', () => {
  const image = writeLayout(
    at('noise'),
    buildImage({
      layers: [
        layerOf({
          'etc/os-release': osRelease.debian12,
          'var/lib/dpkg/status': stanza('base', '12.4') + stanza('node-lodash', '4.17.20+dfsg-1'),
          'var/lib/dpkg/info/node-lodash.list': '/usr/share/nodejs/lodash/package.json\n',
          'usr/share/nodejs/lodash/package.json': JSON.stringify({ name: 'lodash', version: '4.17.20' }),
        }),
      ],
    }),
  );

  test('is left out and counted, reaches no threshold, and is shown with why when asked for', async () => {
    const quiet = await scan(image, '--fail-on', 'any', '-q');
    expect(quiet.code).toBe(0);
    expect(quiet.stdout).toContain(
      'nothing left to show in 3 packages; 1 more hidden as noise (--show-hidden says why)',
    );
    expect(reportOf(await scan(image, '--format', 'json'))).toMatchObject({
      findings: [],
      summary: { findings: 0, hidden: 0, noise: 1 },
    });

    const all = await scan(image, '--fail-on', 'any', '-q', '--show-hidden');
    expect(all.code).toBe(2);
    expect(all.stdout).toContain('CVE-2021-23337');
    expect(all.stdout).toContain(
      'lodash 4.17.20 is noise: it is a part of deb:node-lodash, which the advisories of its distribution judge',
    );
    expect(reportOf(await scan(image, '--format', 'json', '--show-hidden'))).toMatchObject({
      findings: [{ vulnerability: 'CVE-2021-23337', hidden: expect.stringContaining('deb:node-lodash') }],
      summary: { findings: 1, noise: 0 },
    });
  });
});

describe('a scan for people', () => {
  test('says the summary first, then coverage, data, the packages, and the next step', async () => {
    const { code, stdout, stderr } = await scan(layout);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.split('\n');
    expect(lines[0]).toBe('3 findings: 1 critical (1 KEV), 2 medium, 2 fixable');
    expect(lines[1]).toContain('debian-12, linux/amd64, 3 packages in 2 layers');
    expect(lines[2]).toBe('coverage  scanned: everything in it could be judged');
    expect(stdout).toContain('Debian:12 as of 2026-01-02');
    expect(stdout).toContain('KEV as of 2026-02-03');
    const head = lines.findIndex((line) => line.startsWith('NAME'));
    expect(lines[head]?.split(/\s{2,}/)).toEqual([
      'NAME',
      'INSTALLED',
      'FIXED-IN',
      'TYPE',
      'VULNERABILITY',
      'SEVERITY',
      'RISK',
      'KEV',
      'LAYER',
    ]);
    expect(lines[head + 1]?.split(/\s{2,}/)).toEqual([
      'curl',
      '7.88.1-10+deb12u3',
      '7.88.1-10+deb12u4',
      'deb',
      'CVE-2023-38545',
      'critical 9.8',
      '75',
      'ransomware',
      '1 of 2',
    ]);
    // the same package is not named twice
    expect(lines[head + 2]).toMatch(/^ +\(no fix yet\) +CVE-2023-99999 +medium 5.3 +28 +1 of 2$/);
    expect(lines[head + 3]).toMatch(/^lodash +4.17.20 +4.17.21 +npm +CVE-2021-23337/);
    expect(stdout).toMatch(/next: .*curl to 7.88.1-10\+deb12u4/);
    expect(stdout).not.toContain('\u001b');
  });

  test('puts the greatest risk first, or the worst severity when told to, and says in JSON what a risk is made of', async () => {
    const order = async (...args: string[]) =>
      reportOf(await scan(layout, '--format', 'json', ...args)).findings.map(({ vulnerability }) => vulnerability);
    // a fix makes the second of two of one severity more urgent
    expect(await order()).toEqual(['CVE-2023-38545', 'CVE-2021-23337', 'CVE-2023-99999']);
    expect(await order('--sort', 'severity')).toEqual(['CVE-2023-38545', 'CVE-2023-99999', 'CVE-2021-23337']);
    const [first] = reportOf(await scan(layout, '--format', 'json')).findings;
    expect(first).toMatchObject({
      risk: { score: 75, factors: expect.arrayContaining([expect.objectContaining({ name: 'kev', points: 30 })]) },
      inUse: { state: 'unknown' },
    });
    const wrong = await scan(layout, '--sort', 'age');
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('--sort takes risk, severity')]);
  });

  test('keeps to COLUMNS, and colours only when it is told to', async () => {
    const environment = { COLUMNS: '72', FORCE_COLOR: '1' };
    const narrow = await drydock(['scan', layout, '--advisories', advisories], { home, environment });
    expect(narrow.stdout).toContain('\u001b[1m');
    const plain = narrow.stdout.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g'), '');
    const head = plain.split('\n').findIndex((line) => line.startsWith('NAME'));
    const table = plain.split('\n').slice(head, head + 4);
    expect(table.every((line) => line.length <= 72)).toBe(true);
    expect(table[1]).toContain('CVE-2023-38545');
    const never = await drydock(['scan', layout, '--advisories', advisories], {
      home,
      environment: { FORCE_COLOR: '1', NO_COLOR: '1' },
    });
    expect(never.stdout).not.toContain('\u001b');
  });

  test('never calls an image clean of which it has no advisories', async () => {
    const none = path.join(home, 'none');
    mkdirSync(none, { recursive: true });
    const { code, stdout } = await drydock(['scan', layout, '--advisories', none], { home });
    expect(code).toBe(0);
    expect(stdout).toContain('no known vulnerability in what could be judged, and not all of 3 packages could be');
    expect(stdout).toContain('coverage  partial: no advisories for debian-12');
    expect(stdout).toContain('no advisories for npm');
    expect(stdout).toMatch(/^next: get advisories for debian-12, npm: drydock db update fetches them, .*--advisories/m);
    const json = await drydock(['scan', layout, '--advisories', none, '--format', 'json'], { home });
    expect(JSON.parse(json.stdout)).toMatchObject({ advisories: { missing: ['Debian:12', 'npm'] } });
    expect(stdout).not.toMatch(/\b0 findings\b/);
  });

  test('says of the bundled starter advisories that they are not all there is', async () => {
    const { code, stdout, stderr } = await drydock(['scan', layout, '--offline'], { home });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('CVE-2023-38545');
    expect(stdout).toMatch(/coverage {2}partial: no .*advisories for debian-12 .*starter set/);
  });

  test('says what is hidden', async () => {
    const { stdout } = await scan(layout, '--severity', 'critical');
    expect(stdout.split('\n')[0]).toBe(
      '1 finding: 1 critical (1 KEV), 1 fixable; 2 more hidden by --severity or --only-fixed',
    );
  });
});

describe('a scan for programs', () => {
  test('gives everything as JSON', async () => {
    const ran = await scan(layout, '--format', 'json');
    const report = reportOf(ran);
    expect(ran.code).toBe(0);
    expect(report).toMatchObject({
      schemaVersion: 1,
      image: { platform: 'linux/amd64' },
      distribution: { id: 'debian', versionId: '12' },
      coverage: { state: 'scanned', reasons: [] },
      summary: { findings: 3, hidden: 0 },
    });
    const curl = report.packages.find(({ name }) => name === 'curl');
    expect(curl).toMatchObject({
      purl: 'pkg:deb/debian/curl@7.88.1-10%2Bdeb12u3?arch=amd64&distro=debian-12',
      version: '7.88.1-10+deb12u3',
      type: 'deb',
      path: 'var/lib/dpkg/status',
    });
    expect(curl?.layer).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(report.findings[0]).toMatchObject({
      vulnerability: 'CVE-2023-38545',
      aliases: [],
      records: [{ id: 'DSA-1-1', source: 'DSA', fixedIn: '7.88.1-10+deb12u4' }],
      package: { name: 'curl', version: '7.88.1-10+deb12u3', purl: curl?.purl },
      severity: { level: 'critical', score: 9.8 },
      status: 'affected',
      fixedIn: '7.88.1-10+deb12u4',
      match: 'direct',
      kev: { dateAdded: '2026-01-05', ransomware: true },
      summary: 'curl: overflow',
    });
    expect(report.findings.find(({ vulnerability }) => vulnerability === 'CVE-2023-99999')).toMatchObject({
      fixedIn: null,
      kev: null,
    });
  });

  test('says the same of a layout, a docker archive and a registry', async () => {
    const archive = writeDockerArchive(at('saved.tar'), debianLayers(packages, application));
    const registry = await startRegistry({ folder: at('registry') });
    afterAll(() => registry.close());
    const reference = `${new URL(registry.url).host}/team/app:1`;
    await pushImage(debianImage(packages, application).source, parseReference(reference));
    const reports = await Promise.all(
      [layout, archive, reference].map(async (image) => reportOf(await scan(image, '--format', 'json'))),
    );
    const said = reports.map(({ findings }) =>
      findings.map(({ vulnerability, package: found }) => ({ vulnerability, found })),
    );
    expect(said[1]).toEqual(said[0]);
    expect(said[2]).toEqual(said[0]);
    expect(reports[2]?.image.digest).toBe(reports[0]?.image.digest);
  });

  test('writes reports into files beside what it prints', async () => {
    const json = at('report.json');
    const table = at('report.txt');
    const { stdout } = await scan(layout, '-o', `json=${json}`, '-o', `table=${table}`);
    expect(stdout).toContain('3 findings');
    expect((JSON.parse(readFileSync(json, 'utf8')) as Report).findings).toHaveLength(3);
    expect(readFileSync(table, 'utf8')).toBe(stdout);
    const refused = await scan(layout, '-o', `json=${at('no/such/folder.json')}`);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(
      /^drydock: ".*folder\.json" cannot be written \(ENOENT\); choose another file for -o\n$/,
    );
  });

  test('takes the platform that is asked for, and names the others', async () => {
    const arm = debianImage({ curl: '7.88.1-10+deb12u4' }, {}, { architecture: 'arm64' });
    const amd = debianImage(packages, application);
    const index = writeLayout(at('index'), buildIndex([{ image: arm }, { image: amd }]));
    const chosen = reportOf(await scan(index, '--format', 'json', '--platform', 'linux/arm64'));
    expect(chosen.image.platform).toBe('linux/arm64');
    expect(chosen.findings.map(({ vulnerability }) => vulnerability)).toEqual(['CVE-2023-99999']);
    const own = reportOf(await scan(index, '--format', 'json'));
    expect(own.image.otherPlatforms).toHaveLength(1);
    const missing = await scan(index, '--platform', 'linux/riscv64');
    expect(missing).toMatchObject({ code: 1, stdout: '' });
    expect(missing.stderr).toContain('It has: linux/arm64, linux/amd64');
  });

  test("does not answer with another platform when this machine's is damaged", async () => {
    const here = process.arch === 'x64' ? 'amd64' : process.arch;
    const mine = debianImage(packages, application, { architecture: here });
    const other = debianImage({ curl: '7.88.1-10+deb12u4' }, {}, { architecture: 's390x' });
    const built = buildIndex([{ image: other }, { image: mine }]);
    const blobs = new Map(built.blobs);
    const { digest, size } = mine.descriptor;
    blobs.set(digest, Buffer.alloc(size, ' '));
    const index = writeLayout(at('damaged'), { ...built, blobs });
    const refused = await scan(index);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain(`the bytes served for ${digest} hash to`);
    const asked = reportOf(await scan(index, '--format', 'json', '--platform', 'linux/s390x'));
    expect(asked.image.platform).toBe('linux/s390x');
  });
});

describe('hostile images', () => {
  const spoken = '\u001b]0;owned\u0007\u001b[2J\u202eevil';
  const hostile = buildImage({
    layers: [
      ...debianLayers(packages, {}),
      layerOf({ [`app/node_modules/${spoken}/package.json`]: JSON.stringify({ name: `lodash`, version: `4.17.20` }) }),
      layerOf({
        'app/node_modules/evil/package.json': JSON.stringify({ name: 'lodash', version: `1.0.0${spoken}\n\u009b31m` }),
      }),
    ],
  });
  const folder = writeLayout(at('hostile'), hostile);

  test('cannot speak to the terminal', async () => {
    for (const format of ['table', 'json']) {
      const { code, stdout, stderr } = await scan(folder, '--format', format);
      expect(code, format).toBe(0);
      for (const text of [stdout, stderr]) expect(text, format).not.toMatch(/[^\n\P{Cc}]|\p{Cf}/u);
    }
  });

  test('keep their names as data', async () => {
    const { packages: found } = reportOf(await scan(folder, '--format', 'json'));
    expect(found.map(({ path: place }) => place)).toContain(`app/node_modules/${spoken}/package.json`);
  });

  test('of nothing but other things are told apart', async () => {
    const empty = writeLayout(at('empty'), buildImage({ layers: [layerOf({ 'a/file': 'x' })] }));
    const { code, stdout } = await scan(empty);
    expect(code).toBe(0);
    expect(stdout).toMatch(/coverage {2}partial: no os-release/);
    expect(stdout.split('\n')[0]).toBe('no package was found, so nothing could be judged');
    const unread = writeLayout(
      at('void'),
      buildImage({
        layers: [layerOf({ 'etc/os-release': 'ID=void\n', 'var/db/xbps/pkgdb-0.38.plist': '<plist/>' })],
      }),
    );
    const ran = await scan(unread, '--strict');
    expect(ran.stdout.split('\n')[0]).toBe('not judged: this image is unsupported');
    expect(ran.code).toBe(3);
  });
});
