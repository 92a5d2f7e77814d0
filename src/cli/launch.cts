#!/usr/bin/env node
/**
 * Starts the bundled program with the code that V8 compiled when the bundle was built: compiling takes longer than
 * everything else that dfix does with one file. V8 rejects a cache of another version or other flags by itself, and
 * then compiles as usual.
 */
import fs = require('node:fs');
import path = require('node:path');
import vm = require('node:vm');

const folder = path.dirname(__dirname);
const filename = path.join(folder, 'dfix.bundle.js');

type Program = (
  programRequire: NodeJS.Require,
  programFilename: string,
  programImport: (url: string) => Promise<unknown>,
) => void;

function readCache(): Buffer | undefined {
  try {
    return fs.readFileSync(path.join(folder, 'dfix.bundle.cache'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

// The bundle is ASCII, which V8 reads fastest as Latin-1.
const source = fs.readFileSync(filename, 'latin1');
const cachedData = readCache();
const script = new vm.Script(source, cachedData === undefined ? { filename } : { filename, cachedData });

(script.runInThisContext() as Program)(require, filename, (url) => import(url));
const target = process.env['CODE_CACHE_FILE'];
// The build asks for the cache after a run that compiled what a usual run needs; nobody else may write a file here.
if (target === path.join(folder, 'dfix.bundle.cache')) {
  process.on('exit', () => {
    fs.writeFileSync(target, script.createCachedData());
  });
}
