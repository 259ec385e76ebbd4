import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildImage } from '#shared/oci';
import { layerOf } from '../shared/inventory/images.ts';
import { drydock, freshFolder } from './command.ts';
import { debianLayers, nodeModule, writeAdvisories, writeLayout } from './stored-images.ts';

const home = freshFolder();
const at = (name: string): string => path.join(home, name);
const advisories = writeAdvisories(at('advisories'), [], []);
const layers = debianLayers({ bash: '5.2' }, nodeModule('lodash', '4.17.20'));
const image = writeLayout(at('app'), buildImage({ layers, config: { environment: ['DB_PASSWORD=hunter2'] } }));
const base = writeLayout(at('debian'), buildImage({ layers: layers.slice(0, 1) }));

interface Report {
  readonly image: {
    readonly base: { readonly layers: number | null; readonly name: string | null; readonly why: string };
    readonly layers: readonly { readonly part: string | null }[];
  };
  readonly packages: readonly {
    readonly name: string;
    readonly part: string | null;
    readonly createdBy: string | null;
  }[];
}

const scan = async (...args: readonly string[]): Promise<{ readonly report: Report; readonly stdout: string }> => {
  const ran = await drydock(['scan', image, '--advisories', advisories, '--format', 'json', ...args], { home });
  expect(ran).toMatchObject({ code: 0 });
  return { report: JSON.parse(ran.stdout) as Report, stdout: ran.stdout };
};

describe('base or application in a scan', () => {
  test('given --base, then layers and packages are told apart, each with the command that brought it', async () => {
    const { report } = await scan('--base', base);
    expect(report.image.base).toMatchObject({ layers: 1, name: base, why: `its first layer is that of ${base}` });
    expect(report.image.layers.map(({ part }) => part)).toEqual(['base', 'application']);
    expect(report.packages.map(({ name, part, createdBy }) => [name, part, createdBy])).toEqual([
      ['bash', 'base', 'ADD rootfs /'],
      ['lodash', 'application', 'COPY app /app'],
    ]);
  });

  test('given no base, or one that it is not built on, then nobody guesses', async () => {
    const other = writeLayout(at('other'), buildImage({ layers: [layerOf({ 'etc/motd': 'other' })] }));
    for (const args of [[], ['--base', other]]) {
      const { report } = await scan(...args);
      expect(report.image.base).toMatchObject({ layers: null, why: 'nothing says what it is built on' });
      expect(report.packages.map(({ part }) => part)).toEqual([null, null]);
    }
  });

  test('given a base that is no image, then the command says so', async () => {
    const ran = await drydock(['scan', image, '--base', `dir:${home}`, '--advisories', advisories], { home });
    expect(ran.code).not.toBe(0);
    expect(ran.stderr).toContain('--base takes an image');
  });

  test('given values in the environment, then no output has them', async () => {
    expect((await scan()).stdout).not.toContain('hunter2');
  });
});
