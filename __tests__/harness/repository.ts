import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';

/** Gives each test a folder of its own, the root of a repository: what lies above it says nothing. */
export function inRepository(enter: (folder: string) => void): void {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dfix-test-'));
    mkdirSync(join(folder, '.git'));
    enter(folder);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
}
