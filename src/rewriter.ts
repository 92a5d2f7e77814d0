import type { Config } from './config-schema.js';
import { type Plugin, transformsOf } from './plugin.js';
import { rewrite, type RewriteOptions, type RewriteResult, type SecondReader } from './rewrite.js';
import { secondReader } from './second-reader.js';
import { calledIn, selectFrom, unknownParam } from './selection.js';
import { MODES, noSettings, putTransforms, settle, type TransformSettings } from './settings.js';
import { transforms as ours } from './transforms/index.js';
import type { Category, Transform } from './transforms/transform.js';
import { UsageError } from './usage-error.js';

/**
 * What a rewriter does: the settings of a configuration file that are no matter of files, and what the options of the
 * command line choose. Transforms go by their names or by the ids of other tools.
 */
export interface RewriterOptions {
  /** Run only these; those that are named here apply their optional fixes too. */
  readonly only?: readonly string[] | undefined;
  readonly skip?: readonly string[] | undefined;
  /** Run only these categories. */
  readonly category?: readonly Category[] | undefined;
  /** Apply fixes that may change behaviour too. */
  readonly unsafe?: boolean | undefined;
  /** How far single transforms may go, and their parameters. */
  readonly transforms?: TransformSettings | undefined;
  /** `no-ignore`: the transforms that no comment in a Dockerfile silences. */
  readonly policy?: Config['policy'];
  /** Modules with transforms that run behind ours. */
  readonly plugins?: readonly Plugin[] | undefined;
  /** The parser that reads every result besides ours; dockerfile-ast if not given, `false` to do without. */
  readonly secondReader?: SecondReader | false | undefined;
}

/** What is known about one file. */
export type FileFacts = Pick<RewriteOptions, 'contexts' | 'targets' | 'digests' | 'ignore' | 'accepts'>;

/** Options that were read once, for many texts. */
export interface Rewriter {
  /** The transforms that it runs, in their order. */
  readonly transforms: readonly Transform[];
  /** Rewrites a text. Never throws for what is wrong with the text. */
  readonly rewrite: (text: string, file?: FileFacts) => RewriteResult;
}

/** The settings of configuration files that a rewriter does not know, since it knows of no files. */
const OF_FILES = ['extends', 'overrides', 'root'] as const;

/**
 * Reads options once, for many texts. Throws a `UsageError` for a transform, category, parameter or value that is not
 * there, for a plugin that is not right, and for settings that only files have.
 */
export function createRewriter(options: RewriterOptions = {}): Rewriter {
  const ofFiles = OF_FILES.find((key) => key in options);
  if (ofFiles !== undefined) throw new UsageError(`a rewriter takes no ${ofFiles}: that is for configuration files`);
  let known = ours;
  for (const [index, plugin] of (options.plugins ?? []).entries()) {
    known = [...known, ...transformsOf(plugin, `number ${index + 1}`, known)];
  }
  const called = (word: string): readonly Transform[] => calledIn(known, word);
  const { only = [], skip = [], category = [], policy, transforms: given = {} } = options;
  checkSettings(given, called);
  const settings = noSettings();
  putTransforms(settings, given, called);
  for (const word of policy?.['no-ignore'] ?? []) for (const { name } of called(word)) settings.unsilenced.add(name);
  const selection = selectFrom(known, { only, skip, category, param: [] });
  const { unsilenced, ...settled } = settle(selection, options.unsafe === true, settings);
  const reader = options.secondReader ?? secondReader;
  return {
    transforms: settled.transforms,
    rewrite: (text, { ignore, ...facts } = {}) =>
      rewrite(text, {
        ...settled,
        ...(reader === false ? {} : { secondReader: reader }),
        ...facts,
        ignore: { ...ignore, unsilenced },
      }),
  };
}

/** Someone without types may have set anything. */
function checkSettings(given: TransformSettings, called: (word: string) => readonly Transform[]): void {
  for (const [word, setting] of Object.entries(given)) {
    const found = called(word);
    if (typeof setting === 'string') {
      if (!MODES.includes(setting)) throw new UsageError(`${word} is neither off, safe nor on: '${setting}'`);
      continue;
    }
    const params = found.flatMap((transform) => transform.params ?? []);
    for (const [name, value] of Object.entries(setting)) {
      const param = params.find((one) => one.name === name);
      if (param === undefined) throw unknownParam(word, name, params);
      if (!param.values.test(value)) throw new UsageError(`${word}.${name} does not take '${value}': ${param.summary}`);
    }
  }
}
