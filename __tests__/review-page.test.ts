import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import { pageData } from './harness/page-data.js';
import { putFile, type Run, runProgram } from './harness/program.js';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path));
if (CHROMIUM === undefined) console.warn('skipped: the review page is tested in Chromium, and there is none');

const BASIC = 'from debian:bookworm\nMAINTAINER Joe\nRUN sudo apt-get update && apt-get install curl\nENV A b\n';
const DEPENDENT =
  'FROM alpine:3.19\nRUN apk add curl \\\n    && echo a \\\n    && echo b \\\n    && rm -rf /var/cache/apk/*\n';

let folder: string;

const dfix = (...words: readonly string[]): Run => runProgram(folder, words);
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dfix-page-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('the data of the page', () => {
  const shapesOf = (): readonly (readonly [string, readonly number[]])[] => {
    const { data } = pageData(dfix('--quiet', '--report', 'html=-').out);
    return data.shapes.map(({ variants }) => [
      (variants[0]?.changes ?? [])
        .map((change) => data.transforms[data.changes[change]?.transform ?? -1]?.name)
        .join(' '),
      variants.map(({ hunks }) => hunks.length),
    ]);
  };

  test('brings equal changes together, whatever lines they are on and whatever stands around', () => {
    for (const name of ['a', 'b', 'c']) putFile(folder, `${name}/Dockerfile`, `FROM debian\n# ${name}\nENV A b\n`);
    putFile(folder, 'd/Dockerfile', 'FROM debian\n\n\nENV LONG text\n');
    putFile(folder, 'e/Dockerfile', 'FROM debian\nMAINTAINER Joe\n');
    putFile(folder, 'f/Dockerfile', 'FROM debian\nMAINTAINER Jim\n');
    expect(shapesOf()).toEqual([
      ['replace-legacy-key-value', [3, 1]],
      ['replace-maintainer', [1, 1]],
    ]);
  });

  test('is the same for every number of workers', () => {
    for (let file = 0; file < 34; file++) putFile(folder, `${file}/Dockerfile`, file % 2 === 0 ? BASIC : DEPENDENT);
    const page = (jobs: string): string => dfix('--quiet', '--report', 'html=-', '--jobs', jobs).out;
    expect(page('2')).toBe(page('1'));
  });
});

const inChromium = CHROMIUM === undefined ? describe.skip : describe;

inChromium('the page', () => {
  let browser: Browser;
  let page: Page;
  /** All that must never happen. */
  let faults: string[];

  beforeAll(async () => {
    browser = await chromium.launch({
      ...(CHROMIUM === undefined ? {} : { executablePath: CHROMIUM }),
      args: ['--no-sandbox', '--disable-dev-shm-usage'],
    });
  }, 60_000);

  afterAll(async () => {
    await browser.close();
  });

  afterEach(async () => {
    await page.close();
    expect(faults).toEqual([]);
  });

  async function open(...words: readonly string[]): Promise<void> {
    const { err } = dfix('--quiet', '--report', 'html=review.html', ...words);
    expect(err).toBe('');
    await visit();
  }

  async function visit(): Promise<void> {
    faults = [];
    page = await browser.newPage({ viewport: { width: 1300, height: 900 }, acceptDownloads: true });
    page.on('dialog', (dialog) => void faults.push(`a dialog: ${dialog.message()}`));
    page.on('pageerror', (error) => void faults.push(`an error: ${error.message}`));
    // What the policy stops is told on the console.
    page.on('console', (line) => void faults.push(`the console: ${line.text()}`));
    page.on('request', (request) => {
      if (!/^(?:file|blob):/.test(request.url())) faults.push(`a request: ${request.url()}`);
    });
    await page.goto(pathToFileURL(join(folder, 'review.html')).href);
    await page.waitForSelector('article header');
  }

  const card = (name: string): ReturnType<Page['locator']> => page.locator('article', { hasText: name }).first();
  const progress = (): Promise<string | null> => page.locator('.progress .count').textContent();

  async function exportDecisions(): Promise<unknown> {
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('text=Export')]);
    expect(download.suggestedFilename()).toBe('decisions.json');
    await download.saveAs(join(folder, 'decisions.json'));
    return JSON.parse(read('decisions.json'));
  }

  test('says once what is true of several changes of a hunk', async () => {
    putFile(folder, 'Dockerfile', 'FROM debian:bookworm\nRUN apt-get install a && apt-get install b\n');
    await open('--only', 'add-assume-yes');
    expect(await page.locator('.reasons > li').count()).toBe(1);
    expect(await page.locator('.reasons').textContent()).toContain('cannot give 2 times');
  });

  test('shows what changes and why, and what was decided is written', async () => {
    putFile(folder, 'a/Dockerfile', BASIC);
    putFile(folder, 'b/Dockerfile', BASIC);
    await open();
    expect(await page.locator('.totals').textContent()).toBe('2 files · 2 changed · 8 hunks · 4 shapes');
    const maintainer = card('replace-maintainer');
    expect(await maintainer.locator('.reasons').textContent()).toContain('no other instruction sets');
    expect(await maintainer.locator('td.old .t-keyword').textContent()).toBe('MAINTAINER');
    expect(await card('replace-legacy-key-value').locator('td.now .mark').allTextContents()).toEqual(['=']);
    expect(await maintainer.locator('td.old code').textContent()).toBe('MAINTAINER Joe');
    await page.getByRole('button', { name: 'Unified' }).click();
    expect(await maintainer.locator('table.unified').count()).toBe(1);

    await maintainer.getByRole('button', { name: /^Reject/ }).first().click(); // prettier-ignore
    await card('normalize-keyword-case').getByRole('button', { name: /^Accept/ }).first().click(); // prettier-ignore
    await card('replace-legacy-key-value').locator('summary').click();
    await page.getByRole('button', { name: 'Accept b/Dockerfile:4' }).click();
    expect(await progress()).toBe('3 accepted, 2 rejected, 3 undecided');
    await exportDecisions();
    expect(dfix('--write', '--decisions', 'decisions.json')).toMatchObject({ code: 0 });
    expect(read('a/Dockerfile')).toBe(BASIC.replace('from', 'FROM'));
    expect(read('b/Dockerfile')).toBe(BASIC.replace('from', 'FROM').replace('A b', 'A=b'));
  }, 60_000);

  test('narrows by path, transform, applicability and status', async () => {
    putFile(folder, 'a/Dockerfile', BASIC);
    putFile(folder, 'b/Dockerfile', `${BASIC}CMD x\n`);
    await open('--unsafe', '--only', 'use-slim-base,replace-maintainer,use-exec-form');
    const visible = (): Promise<readonly string[]> => page.locator('article:visible h3').allTextContents();
    const all = await visible();
    expect([...all].sort()).toEqual(['replace-maintainer', 'use-exec-form', 'use-slim-base']);
    await page.keyboard.press('/');
    await page.keyboard.type('a/dock');
    expect([...(await visible())].sort()).toEqual(['replace-maintainer', 'use-slim-base']);
    expect(await card('use-slim-base').locator('header .count').textContent()).toBe('1 file');
    await page.getByRole('radio', { name: 'unsafe', exact: true }).check();
    expect(await visible()).toEqual(['use-slim-base']);
    await page.getByRole('button', { name: 'Reset' }).click();
    expect(await visible()).toEqual(all);
    await page.getByRole('checkbox', { name: /replace-maintainer/ }).check();
    expect(await visible()).toEqual(['replace-maintainer']);
    await card('replace-maintainer').getByRole('button', { name: /^Accept/ }).first().click(); // prettier-ignore
    await page.getByRole('radio', { name: 'undecided' }).check();
    expect(await visible()).toEqual([]);
    await page.getByRole('radio', { name: 'accepted' }).check();
    expect(await visible()).toEqual(['replace-maintainer']);
  }, 60_000);

  test('goes by keys, keeps what was decided, and takes up what was exported', async () => {
    putFile(folder, 'Dockerfile', BASIC);
    await open();
    for (const key of ['j', 'a', 'j', 'r', 'j', 'a', 'u']) await page.keyboard.press(key);
    expect(await progress()).toBe('1 accepted, 1 rejected, 2 undecided');
    await page.keyboard.press('c');
    await page.keyboard.type('why a?');
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    expect(await page.getByRole('dialog', { name: 'Keys' }).isVisible()).toBe(true);
    await page.keyboard.press('Escape');
    const decisions = await exportDecisions();
    expect(JSON.stringify(decisions)).toContain('"comment":"why a?"');
    await page.reload();
    expect(await progress()).toBe('1 accepted, 1 rejected, 2 undecided');
    await page.keyboard.press('j');
    await page.keyboard.press('r');
    await page.locator('input[type=file]').setInputFiles(join(folder, 'decisions.json'));
    await page.waitForSelector('text=Took up 3 decisions.');
    expect(await progress()).toBe('1 accepted, 1 rejected, 2 undecided');
    expect(await exportDecisions()).toEqual(decisions);
    await page.locator('input[type=file]').setInputFiles(join(folder, 'Dockerfile'));
    await page.waitForSelector('text=This file holds no decisions.');
  }, 60_000);

  test('accepts and rejects together what relies on each other', async () => {
    putFile(folder, 'Dockerfile', DEPENDENT);
    await open();
    await page.getByRole('button', { name: /^Files/ }).click();
    expect(await page.locator('.needs').textContent()).toContain('Relies on line 2 (add-apk-no-cache)');
    await page.getByRole('button', { name: 'Accept line 4' }).click();
    expect(await progress()).toBe('2 accepted, 0 rejected, 0 undecided');
    await page.getByRole('button', { name: 'Reject line 2' }).click();
    expect(await progress()).toBe('0 accepted, 2 rejected, 0 undecided');
  }, 60_000);

  test('tells what was left alone and why', async () => {
    putFile(folder, 'a/Dockerfile', 'FROM debian\nRUN apt-get update && apt-get install -y curl\nENV A b\n');
    putFile(folder, 'b/Dockerfile', BASIC);
    await open();
    await page.getByRole('button', { name: /^Not changed/ }).click();
    await page.locator('summary', { hasText: 'add-no-install-recommends' }).click();
    expect(await page.locator('.notes details[open] li').first().textContent()).toContain('a/Dockerfile:2');
  }, 60_000);

  test('shows a hostile file as it is, and runs nothing of it', async () => {
    const evil = `</script><script>alert(1)</script><img src=x onerror=alert(2)>" onload="alert(3)' \u2028\u202e\u200b&lt;`;
    putFile(folder, `a"'<img src=x onerror=alert(4)>/Dockerfile`, `FROM a\nMAINTAINER ${evil}\nENV A ${evil}\n`);
    putFile(folder, 'long/Dockerfile', `FROM a\nRUN ${'x'.repeat(60_000)}\nENV A ${'</script>'.repeat(6000)}\n`);
    const { code } = dfix('--quiet', '--report', 'html=review.html');
    expect(code).toBe(0);
    putFile(folder, 'longer/Dockerfile', `FROM a\nRUN ${'<b>'.repeat(350_000)}\n`);
    dfix('--quiet', '--report', 'html=review.html');
    const html = read('review.html');
    expect(html.match(/<script/g)).toHaveLength(2);
    expect(html).not.toMatch(/[\u2028\u2029]/);
    await visit();
    const maintainer = card('replace-maintainer');
    expect(await maintainer.locator('td.old code').textContent()).toBe(
      `MAINTAINER ${evil.replace('\u2028', 'U+2028').replace('\u202e', 'U+202E').replace('\u200b', 'U+200B')}`,
    );
    await page.getByRole('button', { name: /^Files/ }).click();
    expect(await page.locator('article h3').first().textContent()).toBe(`a"'<img src=x onerror=alert(4)>/Dockerfile`);
    await page.getByRole('button', { name: /^Not changed/ }).click();
    for (const summary of await page.locator('summary').all()) await summary.click();
    expect(await page.locator('img, b, main script').count()).toBe(0);
  }, 60_000);

  test('has a policy that stops what the page does not bring', async () => {
    putFile(folder, 'Dockerfile', BASIC);
    await open();
    const stopped: unknown = await page.evaluate(`(() => {
      const script = document.createElement('script');
      const words = [];
      for (const step of [
        () => (script.textContent = 'window.name = "ran"'),
        () => (document.body.innerHTML = '<img src=x>'),
        () => document.body.append(script),
      ])
        try {
          step();
        } catch (error) {
          words.push(error.name);
        }
      return [...words, window.name];
    })()`);
    expect(stopped).toEqual(['TypeError', 'TypeError', '']);
    expect(faults.length).toBeGreaterThan(0);
    faults = [];
  }, 60_000);

  test('asks nothing about what is written already', async () => {
    putFile(folder, 'Dockerfile', BASIC);
    await open('--write');
    expect(await page.getByRole('button', { name: /^Accept|^Reject|Export/ }).count()).toBe(0);
    expect(await card('replace-maintainer').locator('td.now code').count()).toBe(1);
  }, 60_000);
});
