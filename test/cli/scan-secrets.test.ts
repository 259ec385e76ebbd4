import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildImage } from '#shared/oci';
import { layerOf } from '../shared/inventory/images.ts';
import { drydock, freshFolder } from './command.ts';
import { debianLayers, writeAdvisories, writeLayout } from './stored-images.ts';

const home = freshFolder();
const advisories = writeAdvisories(path.join(home, 'advisories'), []);
const value = 'c2VjcmV0LXZhbHVl';
const key = `-----BEGIN ${'PRIVATE'} KEY-----\n${value}\n`;
const odd = 'app/\u001b[2J/server.key';
const layout = writeLayout(
  path.join(home, 'layout'),
  buildImage({
    layers: [
      ...debianLayers({ base: '12.4' }, { 'root/.ssh/id_rsa': key, [odd]: key }),
      layerOf({ 'root/.ssh/id_rsa': null }, { createdBy: 'RUN rm /root/.ssh/id_rsa' }),
    ],
  }),
);
const scan = (...args: string[]) => drydock(['scan', layout, '--advisories', advisories, ...args], { home });

describe('keys and tokens in the layers of an image', () => {
  test('given one that a later layer deletes, then JSON says where it is, whose layer it is, and nothing of what it is', async () => {
    const { code, stdout } = await scan('-f', 'json');
    const { secrets, image, summary } = JSON.parse(stdout);
    expect(secrets).toEqual([
      {
        path: odd,
        what: 'a private key',
        layer: image.layers[1].digest,
        createdBy: 'COPY app /app',
        part: null,
        deletedLater: false,
      },
      expect.objectContaining({ path: 'root/.ssh/id_rsa', layer: image.layers[1].digest, deletedLater: true }),
    ]);
    expect(stdout).not.toContain(value);
    // shown, and no finding: nothing is decided by it
    expect([code, summary.findings]).toEqual([0, 0]);
  });

  test('given the table, then it names them, and what a path says to a terminal is not said', async () => {
    const { stdout } = await scan();
    expect(stdout).toContain('secrets   2 files that whoever can pull the image can read:');
    expect(stdout).toContain(
      '          root/.ssh/id_rsa: a private key in layer 2, deleted later and still in the image',
    );
    expect(stdout).not.toContain('\u001b[2J');
    expect(stdout).not.toContain(value);
  });
});
