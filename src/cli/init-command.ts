import { existsSync, readFileSync } from 'node:fs';
import { CONFIG_NAMES } from './config/file-config.js';
import { UsageError } from './exit-codes.js';
import { createTextFile } from './files.js';

const NAME = 'dfix.config.yaml';

const TEXT = `# yaml-language-server: $schema=./node_modules/dfix/docs/config.schema.json

# true: apply fixes that may change behaviour too.
unsafe: false

# By transform: off, safe (never more than safe fixes), on (unsafe and optional ones too), or its parameters.
transforms: {}
#   merge-runs: off
#   add-nonroot-user: on
#   add-healthcheck: { path: /healthz }

# Settings for some files, with patterns as in .gitignore.
overrides: []
#   - files: [legacy/]
#     transforms: { use-exec-form: off }
`;

/** Writes a configuration into the working directory. Throws a `UsageError` where there is one. */
export async function runInit(): Promise<string> {
  for (const name of CONFIG_NAMES) {
    if (!existsSync(name)) continue;
    if (name !== 'package.json') throw new UsageError(`${name} is there already`);
    const text: unknown = JSON.parse(readFileSync(name, 'utf8'));
    if (typeof text === 'object' && text !== null && 'dfix' in text)
      throw new UsageError('package.json holds a configuration already');
  }
  await createTextFile(NAME, TEXT);
  return NAME;
}
