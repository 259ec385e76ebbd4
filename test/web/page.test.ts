import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type PageHost, startPageHost } from '../../local/page-host.ts';
import { digests, emptyApi, fixtureApi, hostile, manyWorkloads } from './fixture.ts';

const folder = fileURLToPath(new URL('../../web/', import.meta.url));
const executable = findBrowser();

if (executable === undefined)
  process.stderr.write(
    '\nSKIPPED: no Chromium was found (CHROME, or chromium on the PATH), so the page is not driven in a browser\n\n',
  );

function findBrowser(): string | undefined {
  const onPath = (process.env.PATH ?? '')
    .split(path.delimiter)
    .flatMap((place) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => path.join(place, name)));
  return [process.env.CHROME ?? '', '/usr/bin/chromium', ...onPath].find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return path.isAbsolute(file);
    } catch {
      return false;
    }
  });
}

/** ms until what does not come about has failed; nothing waits for it. */
const patience = 120_000;

const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];

describe.runIf(executable !== undefined)('the page in a browser', () => {
  let browser: Browser;
  let host: PageHost;
  let context: BrowserContext | undefined;
  let fixture: ReturnType<typeof fixtureApi>;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executable!, args, timeout: patience });
  });
  afterEach(async () => {
    await context?.close();
    await host.close();
  });
  afterAll(() => browser.close());

  /** Opens the page of a fresh host; `trouble` gathers console errors, script errors and requests that leave the host. */
  async function open(options: {
    readonly token?: boolean;
    readonly width?: number;
    readonly empty?: boolean;
    readonly at?: string;
    readonly answers?: Readonly<Record<string, unknown>>;
  }) {
    fixture = fixtureApi(options.answers);
    const api = options.empty === true ? emptyApi : fixture.api;
    host = await startPageHost({ api, folder, token: 'secret-token', principal: 'tester' });
    context = await browser.newContext({
      viewport: { width: options.width ?? 1280, height: 900 },
      reducedMotion: 'reduce',
    });
    context.setDefaultTimeout(patience);
    const page = await context.newPage();
    const trouble: string[] = [];
    page.on('console', (message) => message.type() === 'error' && trouble.push(message.text()));
    page.on('pageerror', (error) => trouble.push(error.message));
    page.on('request', (request) => request.url().startsWith(host.url) || trouble.push(request.url()));
    await page.goto(`${host.url}/${options.at ?? ''}${options.token === false ? '' : '#token=secret-token'}`);
    await page.waitForSelector('#timeline');
    return { page, trouble };
  }

  const approve = (page: Page) => page.getByRole('button', { name: /^Approve the repair of demo\/shop/ });

  it('has every section, in the order of what matters, and nothing goes wrong', async () => {
    const { page, trouble } = await open({});
    expect(await page.locator('h2').evaluateAll((all) => all.map((each) => each.id))).toEqual([
      'plans',
      'rollouts',
      'problems',
      'workloads',
      'images',
      'alerts',
      'timeline',
      'advisories',
    ]);
    await expect.poll(() => page.title()).toBe('(1) Drydock');
    expect(await page.locator('#app').innerText()).not.toMatch(/undefined|NaN|\[object|Loading/);
    expect(trouble).toEqual([]);
  });

  it('approves with the token, which leaves the address', async () => {
    const { page } = await open({});
    await expect.poll(() => page.url()).not.toContain('secret');
    await approve(page).click();
    await page.getByText('approved; the rollout starts').waitFor();
    expect(fixture.acts).toEqual([{ path: '/plans/plan-1/approve', principal: 'tester' }]);
    expect(await approve(page).isDisabled()).toBe(true);
  });

  it('cannot act without the token, and says how to', async () => {
    const { page } = await open({ token: false });
    expect(await approve(page).isDisabled()).toBe(true);
    expect(await page.locator('.notice').innerText()).toContain('npm start');
    expect(await page.getByText('npx drydock approve plan-1').isVisible()).toBe(true);
    expect(fixture.acts).toEqual([]);
  });

  it('shows hostile names as the text they are; no script of theirs runs', async () => {
    const { page, trouble } = await open({});
    for (const summary of await page.locator('summary').all()) if (await summary.isVisible()) await summary.click();
    const text = await page.locator('#app').innerText();
    expect(text).toContain(hostile.html);
    expect(text).toContain(hostile.slack);
    expect(text).toContain('gpj.⟨U+202E⟩exe');
    expect(text).toContain('⟨U+001B⟩[31mred');
    expect(text).not.toContain('\u202E');
    expect(await page.locator('#app img, #app script').count()).toBe(0);
    expect(await page.evaluate('"pwned" in globalThis')).toBe(false);
    expect(trouble).toEqual([]);
  });

  it('shows an alert as Slack and as mail would, markup as text', async () => {
    const { page } = await open({});
    expect(await page.getByRole('group', { name: 'As Slack shows it' }).innerText()).toContain(
      'Where: <!channel> *bold*',
    );
    expect(await page.getByRole('group', { name: 'As mail shows it' }).innerText()).toContain('[NEW] <b>');
  });

  it('draws the first of many services, and more when they are asked for', async () => {
    const { page, trouble } = await open({ answers: manyWorkloads(250) });
    const rows = page.getByRole('table', { name: 'Workloads' }).locator('tbody tr');
    await expect.poll(() => rows.count()).toBe(100);
    expect(await page.locator('section', { has: page.locator('#workloads') }).innerText()).toContain(
      '100 of 250 are shown.',
    );
    for (const count of [200, 250]) {
      await page.getByRole('button', { name: 'Show more of: Workloads' }).click();
      await expect.poll(() => rows.count()).toBe(count);
    }
    expect(await page.getByRole('button', { name: 'Show more of: Workloads' }).count()).toBe(0);
    expect(trouble).toEqual([]);
  });

  it('shows the newest images and what could not be read, and older ones when they are asked for', async () => {
    const { page, trouble } = await open({});
    const images = page.getByRole('table', { name: 'Images, those that run first' }).locator('tbody tr');
    await expect.poll(() => images.count()).toBe(2);
    await page.getByRole('button', { name: 'Read older images' }).click();
    await expect.poll(() => images.allInnerTexts()).toContainEqual(expect.stringContaining('older:0.9'));
    await page.getByRole('button', { name: 'Read older unreadable' }).click();
    await page.getByText('it is not there').waitFor();
    expect(trouble).toEqual([]);
  });

  it('shows the newest alerts, and older ones when they are asked for', async () => {
    const { page, trouble } = await open({});
    expect(await page.getByText('an older alert').count()).toBe(0);
    await page.getByRole('button', { name: 'Read older alerts' }).click();
    await page.getByText('an older alert').waitFor();
    expect(await page.getByRole('button', { name: 'Read older alerts' }).count()).toBe(0);
    expect(trouble).toEqual([]);
  });

  it('never lets unknown look like zero', async () => {
    const { page } = await open({});
    const quiet = page.getByRole('row').filter({ hasText: 'demo/quiet' }).first();
    expect(await quiet.innerText()).toContain('not read yet');
    expect(await quiet.innerText()).toContain('not known to be none');
    const partly = page.getByRole('row').filter({ hasText: 'no advisories for debian-12' });
    expect(await partly.innerText()).toContain('not known to be none');
    expect(await page.getByLabel('Now', { exact: true }).innerText()).toContain('maybe more');
  });

  it('knows an image by the index that runs, and what is exposed again', async () => {
    const { page } = await open({});
    const shop = page.getByRole('table', { name: 'Workloads' }).getByRole('row').filter({ hasText: 'demo/shop' });
    expect(await shop.innerText()).toContain('shop:1.0');
    expect(await shop.innerText()).toContain('again exposed since 2026-11-24 10:00');
    expect(await page.locator('#rollout-1').innerText()).toContain('again exposed since');
  });

  it('shows the newest plans, older ones and all that one names when they are asked for', async () => {
    const { page, trouble } = await open({});
    const row = page.getByRole('table', { name: 'Problems, worst first' }).getByRole('row', { name: /CVE-2026-1/ });
    expect(await row.getByRole('link', { name: 'waits for approval' }).getAttribute('href')).toContain('#plan-1');
    const first = page.locator('#plan-1');
    expect(await first.innerText()).toContain('Repair demo/shop and 1 more');
    expect(await first.innerText()).not.toContain('demo/far');
    await first.getByText('All of this plan: 2 services, 1 closed, 0 left').click();
    const rows = first.getByRole('table', { name: 'All that changes' }).locator('tbody tr');
    await expect
      .poll(() => rows.allInnerTexts())
      .toEqual([expect.stringContaining('demo/shop'), expect.stringContaining('demo/far')]);
    await page.getByRole('button', { name: 'Read older plans' }).click();
    await page.locator('#plan-0').waitFor();
    expect(await page.locator('#plan-0').innerText()).not.toContain('All of this plan');
    expect(await page.locator('#app img, #app script').count()).toBe(0);
    expect(trouble).toEqual([]);
  });

  it('shows the newest rollouts, older ones and all services of one when they are asked for', async () => {
    const { page, trouble } = await open({});
    expect(await page.locator('#rollout-0').count()).toBe(0);
    await page.getByRole('button', { name: 'Read older rollouts' }).click();
    await page.locator('#rollout-0').waitFor();
    expect(await page.getByRole('button', { name: 'Read older rollouts' }).count()).toBe(0);
    await page.locator('#rollout-1').getByText('and 1 more service').click();
    const rows = page.locator('#rollout-1').getByRole('table', { name: 'All services of this rollout' }).locator('tr');
    await expect
      .poll(() => rows.allInnerTexts())
      .toEqual([expect.anything(), expect.stringContaining('demo/shop'), expect.stringContaining('demo/far')]);
    expect(await page.locator('#rollout-0').getByText('more service').count()).toBe(0);
    expect(trouble).toEqual([]);
  });

  it('leads from a number to what it counts, keeps that in the address, and goes back', async () => {
    const { page } = await open({});
    const rows = page.getByRole('table', { name: 'Problems, worst first' }).locator('tbody tr');
    expect(await rows.count()).toBe(2);
    await page.getByRole('link', { name: '1 exploited', exact: true }).click();
    await expect.poll(() => page.url()).toBe(`${host.url}/?exploited=1#problems`);
    await expect.poll(() => rows.count()).toBe(1);
    expect(await page.locator('#problems').innerText()).toContain('1 shown, 2 hidden by the filter');
    await expect.poll(() => page.evaluate('document.activeElement.id')).toBe('problems');
    await page.goBack();
    await expect.poll(() => rows.count()).toBe(2);
    await page.getByLabel('State').selectOption('resolved');
    await expect.poll(() => rows.count()).toBe(1);
    await expect.poll(() => new URL(page.url()).search).toBe('?state=resolved');
    await page.getByLabel('Find').fill('nothing has this name');
    await page.getByText('The filter hides all 3').waitFor();
  });

  it('counts the open problems of a service by what the stack says, and leads to all of them', async () => {
    const { page, trouble } = await open({});
    const shop = page.getByRole('table', { name: 'Workloads' }).getByRole('row').filter({ hasText: 'demo/shop' });
    await shop.getByRole('link', { name: '2, 1 exploited' }).click();
    await page.getByRole('button', { name: 'only demo/shop' }).waitFor();
    const rows = page.getByRole('table', { name: 'Problems, worst first' }).locator('tbody tr');
    await expect.poll(() => rows.allInnerTexts()).toEqual([expect.stringContaining('CVE-2026-1')]);
    expect(trouble).toEqual([]);
  });

  it('names the first services of a problem, and the others when they are asked for', async () => {
    const { page, trouble } = await open({});
    const row = page
      .getByRole('table', { name: 'Problems, worst first' })
      .locator('tbody tr', { hasText: 'CVE-2026-3' });
    expect(await row.innerText()).not.toMatch(/demo\/near|before it moved/);
    await row.getByText('and 3 more services').click();
    await row.getByText('demo/near').waitFor();
    const text = await row.innerText();
    expect(text).toMatch(/demo\/far\s+internet/);
    expect(text).toContain(`demo/${hostile.html} (accepted)`);
    expect(text.match(/demo\/shop/g)).toHaveLength(1);
    await row.getByText('Why, and since when').click();
    await row.getByText('4 workloads exposed.').waitFor();
    expect(await page.locator('#app img, #app script').count()).toBe(0);
    expect(trouble).toEqual([]);
  });

  it('opens at the filter and the image of its address', async () => {
    const { page, trouble } = await open({ at: `?level=critical&q=2026-3&image=${digests.old}` });
    expect(await page.getByRole('table', { name: 'Problems, worst first' }).locator('tbody tr').count()).toBe(1);
    await page.getByText('No finding is known by the advisories that are here.').waitFor();
    expect(trouble).toEqual([]);
  });

  it('goes to the part that its address names, once it has been read', async () => {
    const { page } = await open({ token: false, at: `?image=${digests.old}#image` });
    const section = page.locator('#image');
    await section.waitFor();
    await expect
      .poll(() => section.evaluate((element) => element.getBoundingClientRect().top))
      .toBeLessThan(page.viewportSize()!.height);
  });

  it('shows an image with the layer that brought each finding', async () => {
    const { page, trouble } = await open({ at: `?image=${digests.fixed}` });
    const row = page.getByRole('table', { name: 'Findings of this image' }).locator('tbody tr');
    expect(await row.innerText()).toMatch(/CVE-2026-2[\s\S]*layer 2 of 2/);
    expect(trouble).toEqual([]);
  });

  it('shows how an image runs, and what in it gives more rights than its caller has', async () => {
    const { page, trouble } = await open({ at: `?image=${digests.fixed}` });
    await page.getByText('How it runs').click();
    await page.getByText('Entrypoint: /docker-entrypoint.sh').waitFor();
    await page.getByText('7 executables, 1 with more rights than their caller').click();
    await page.getByText('setuid deb:passwd').waitFor();
    await page.getByText('1 file with keys or tokens, for whoever can pull the image').click();
    await page.getByText('a private key layer 2, deleted later').waitFor();
    expect(await page.locator('#app img').count()).toBe(0);
    expect(trouble).toEqual([]);
  });

  it('says so when its address names an image that is none', async () => {
    const { page, trouble } = await open({ at: `?image=${encodeURIComponent(`../problems${hostile.html}`)}` });
    await page.getByText('This part could not be read: the address names no digest.').waitFor();
    expect(await page.locator('#app img').count()).toBe(0);
    expect(trouble).toEqual([]);
  });

  it.each([320, 480])('does not scroll sideways at %d pixels', async (width) => {
    const { page } = await open({ width });
    for (const summary of await page.locator('summary').all()) if (await summary.isVisible()) await summary.click();
    const tooWide = `[...document.querySelectorAll('body, body *')]
      .filter((each) => each.getBoundingClientRect().right > ${width} + 1)
      .map((each) => each.tagName + '.' + each.className)`;
    expect(await page.evaluate(tooWide)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
  });

  it('can be used by the keyboard alone, with a visible focus', async () => {
    const { page } = await open({});
    await approve(page).focus();
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    await page.keyboard.press('Enter');
    await expect.poll(() => fixture.acts.length).toBe(1);
  });

  it('says what to do when there is nothing, and does not call that clean', async () => {
    const { page, trouble } = await open({ empty: true });
    const text = await page.locator('#app').innerText();
    expect(text).toContain('Nothing is here yet');
    expect(text).toContain('nothing can be judged');
    expect(await page.getByLabel('Now', { exact: true }).innerText()).toMatch(/–\s*open problems/);
    expect(trouble).toEqual([]);
  });

  it('says that it is old when the stack stops, keeps what it knew and acts no more', async () => {
    const { page } = await open({});
    expect(await page.getByRole('alert').count()).toBe(0);
    await host.close();
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').innerText()).toContain('The stack does not answer. What you see is of');
    expect(await page.locator('#app').innerText()).toContain('CVE-2026-1');
    expect(await approve(page).isDisabled()).toBe(true);
    await expect.poll(() => page.title()).toBe('(stopped) Drydock');
  });
});
