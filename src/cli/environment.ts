import { UsageError } from './exit-codes.js';

/** What an option takes, as far as its variable has to know. */
export interface OptionKind {
  readonly type?: 'boolean' | 'string' | 'number';
  readonly array?: boolean;
  readonly choices?: readonly string[];
}

type Options = Readonly<Record<string, OptionKind>>;

/** Options that `--no-…` takes back. */
const NEGATED: ReadonlySet<string> = new Set(['config', 'context']);

/** Variables that tell a job its part, and are no options. */
const OTHERS: ReadonlySet<string> = new Set(['DFIX_SHARD_INDEX', 'DFIX_SHARD_COUNT']);

/**
 * What the variables `DFIX_…` say of some options: true or false, `DFIX_NO_CONTEXT` for `--no-context`, and for what may
 * be given several times a line each. An empty one says nothing. Throws a `UsageError` for a value that is wrong.
 */
export function optionsInEnvironment(options: Options, environment: NodeJS.ProcessEnv): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const [name, { type, array }] of Object.entries(options)) {
    const value = environment[variableOf(name)] ?? '';
    const isNegated = NEGATED.has(name);
    const no = variableOf(`no-${name}`);
    if (isNegated && booleanIn(no, environment[no] ?? '') === true) given[name] = false;
    else if (value === '') continue;
    else if (isNegated && value.toLowerCase() === 'false') given[name] = false;
    else if (type === 'boolean') given[name] = booleanIn(variableOf(name), value);
    else if (array === true) given[name] = value.split('\n').filter((line) => line !== '');
    else given[name] = type === 'number' ? Number(value) : value;
  }
  return given;
}

/** Throws a `UsageError` for a variable that stands for no option of any command: it may be a slip. */
export function checkEnvironment(options: Options, environment: NodeJS.ProcessEnv): void {
  const names = Object.keys(options);
  const known = new Set(
    [...names, ...names.filter((name) => NEGATED.has(name)).map((name) => `no-${name}`)].map(variableOf),
  );
  const unknown = Object.keys(environment).find((name) => /^DFIX_/.test(name) && !known.has(name) && !OTHERS.has(name));
  if (unknown !== undefined)
    throw new UsageError(`the environment sets ${unknown}, and there is no such option (see: dfix --help)`);
}

/** The variable of an option. */
export function variableOf(name: string): string {
  return `DFIX_${name.replaceAll('-', '_').toUpperCase()}`;
}

function booleanIn(variable: string, value: string): boolean | undefined {
  switch (value.toLowerCase()) {
    case '':
      return undefined;
    case '1':
    case 'true':
      return true;
    case '0':
    case 'false':
      return false;
    default:
      throw new UsageError(`${variable} is neither true nor false`);
  }
}
