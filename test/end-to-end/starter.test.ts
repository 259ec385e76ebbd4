import { cp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { storefront } from '../../local/demo/images.ts';
import { debianImage } from './an-image.ts';
import { eventually } from './eventually.ts';
import { services } from './services.ts';
import type { ImageShape, PlansShape } from './shapes.ts';
import { dataFolder, endAll, startProcess } from './stack-process.ts';

afterAll(endAll);

const bundled = path.join(import.meta.dirname, '../../local/starter');
const release = '7.88.1-10+deb12u4';

/** A copy of the starter advisories in which curl's fix on Debian 12 is another version, and one record is no record. */
async function anotherStarter(fixed: string): Promise<string> {
  const folder = path.join(path.dirname(await dataFolder()), 'starter');
  await cp(bundled, folder, { recursive: true });
  const file = path.join(folder, 'advisories/Debian/DSA-5523-1.json');
  const text = await readFile(file, 'utf8');
  expect(text).toContain(release);
  await writeFile(file, text.replaceAll(release, fixed));
  await writeFile(path.join(folder, 'advisories/Debian/DSA-0000-1.json'), '{"id": "DSA-0000-1", "affected": [{"pack');
  return folder;
}

describe('nothing is scripted', () => {
  it('tells another story when a starter advisory names another fixed version, a broken record beside it', async () => {
    // given advisories by which the image that the team calls patched is not
    const args = ['--offline', '--no-demo', '--starter', await anotherStarter('7.88.1-10+deb12u99')];
    const stack = await startProcess(await dataFolder(), { args });
    await stack.push(storefront('1.0', 'vulnerable').image, 'storefront:1.0');
    await services(stack.ecs).run('storefront', `${stack.registry}/storefront:1.0`, 'ask');
    await eventually('the problem', async () => stack.printed.includes('CVE-2023-38545 curl: runs in storefront'));

    // when that image is pushed as a newer tag, and one that has the version of the advisory
    const patched = await stack.push(storefront('1.1', 'patched').image, 'storefront:1.1');
    const clean = await stack.push(debianImage({ curl: '7.88.1-10+deb12u99' }, 'storefront'), 'storefront:1.2');

    // then the patched one has the finding too, and the plan passes it over
    const image = await eventually('the findings', async () => {
      const answer = await stack.ask('GET', `/images/${patched}`);
      return answer.status === 200 && (answer.body as ImageShape);
    });
    const found = image.findings.filter((each) => each.vulnerability === 'CVE-2023-38545');
    expect(found.map((each) => each.fixedIn)).toEqual(['7.88.1-10+deb12u99', '7.88.1-10+deb12u99']);
    // the clean one may be read first, and planned for before anything is known of the other
    const [plan, passedOver] = await eventually('the plan that knows both', async () => {
      const { plans } = await stack.api<PlansShape>('/plans');
      const found = plans.find((each) => each.closes.join().includes('CVE-2023-38545'));
      const rejected = found?.rejected.find((each) => each.digest === patched);
      return found !== undefined && rejected !== undefined && ([found, rejected] as const);
    });
    expect(plan.changes.map((change) => change.to)).toEqual([clean]);
    expect(passedOver.why).toContain('it still has CVE-2023-38545');
    // the broken record is named and kept nothing else from being read
    expect(stack.printed).toContain('DSA-0000-1');
  });
});
