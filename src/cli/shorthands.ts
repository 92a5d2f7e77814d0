import { transforms } from '../transforms/index.js';
import { UsageError } from './exit-codes.js';
import { nearest } from '../text/nearest.js';

/** What a policy sets: the parameter of a transform, which reports what the policy does not allow. */
export const POLICIES = {
  'allowed-registries': { transform: 'report-foreign-registry', param: 'registries' },
} as const;

/** What `--policy NAME=VALUE` comes to as `--param`. Throws a `UsageError` for a policy that there is not. */
export function paramsOfPolicies(words: readonly string[]): readonly string[] {
  return words.map((word) => {
    const [, name = '', value = ''] = /^([^=]+)=(.*)$/s.exec(word) ?? [];
    if (name === '') throw new UsageError(`--policy ${word} is not POLICY=VALUE`);
    if (!isPolicy(name)) {
      const guess = nearest(name, Object.keys(POLICIES));
      throw new UsageError(
        `there is no policy '${name}'${guess === undefined ? `: there is ${Object.keys(POLICIES).join(', ')}` : `; did you mean '${guess}'?`}`,
      );
    }
    const { transform, param } = POLICIES[name];
    return `${transform}.${param}=${value}`;
  });
}

/** What `--numeric-user` comes to as `--param`: the same for every transform that writes users. */
export function paramsOfNumericUser(value: 'yes' | 'no' | undefined): readonly string[] {
  if (value === undefined) return [];
  return transforms
    .filter(({ params = [] }) => params.some(({ name }) => name === 'numeric'))
    .map(({ name }) => `${name}.numeric=${value}`);
}

function isPolicy(name: string): name is keyof typeof POLICIES {
  return Object.hasOwn(POLICIES, name);
}
