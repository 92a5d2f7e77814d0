// Bundles the command into one script, dist/dfix.bundle.js, and keeps what V8 compiled of it beside it.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const bundle = 'dist/dfix.bundle.js';
const cache = resolve('dist/dfix.bundle.cache');

const { outputFiles } = await build({
  entryPoints: ['src/cli/main.ts'],
  bundle: true,
  write: false,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  minify: true,
  // A script that runs in a context of its own has no loader for dynamic imports.
  supported: { 'dynamic-import': false },
  define: { DFIX_VERSION: JSON.stringify(version), 'import.meta.url': 'dfixUrl' },
  // yargs measures columns with a package that loads large tables; its messages are plain ASCII.
  // What jsonc-parser gives to require() loads its parts in a way that no bundler sees.
  alias: { 'string-width': './scripts/string-width.mjs', 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
  logLevel: 'warning',
});
const [program] = outputFiles;
if (program === undefined) throw new Error('esbuild made no output');
const head =
  '(function(require,dfixFile,dfixImport){const __filename=dfixFile,module={exports:{}},dfixUrl=require("node:url").pathToFileURL(dfixFile).href;';
writeFileSync(bundle, `${head}${program.text.replace(/^#!.*\n/, '')}\n})`);

// What the review page consists of: text that the report with this page reads.
await build({
  entryPoints: { 'review-page': 'src/review-page/main.ts' },
  bundle: true,
  outdir: 'dist',
  format: 'iife',
  target: 'es2022',
  minify: true,
  charset: 'utf8',
  logLevel: 'warning',
});
await build({
  entryPoints: { 'review-page': 'src/review-page/style.css' },
  outdir: 'dist',
  minify: true,
  logLevel: 'warning',
});
chmodSync('dist/cli/launch.cjs', 0o755);

rmSync(cache, { force: true });
const folder = mkdtempSync(join(tmpdir(), 'dfix-build-'));
const file = join(folder, 'Dockerfile');
writeFileSync(
  file,
  'FROM debian:bookworm\nRUN apt-get update && apt-get install curl\nENV a b\nADD . /app\nCMD curl localhost\n',
);
const { status, stderr } = spawnSync(process.execPath, ['dist/cli/launch.cjs', file], {
  env: { ...process.env, CODE_CACHE_FILE: cache },
  encoding: 'utf8',
});
rmSync(folder, { recursive: true });
if (status !== 0) throw new Error(`the bundle does not run: ${stderr}`);
