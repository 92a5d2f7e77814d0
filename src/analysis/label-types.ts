import { keysOf } from '../text/table.js';
import { isLicenseExpression } from './license-ids.js';

interface LabelType {
  /** What a value has to be, behind "is no". */
  readonly noun: string;
  readonly example: string;
  readonly accepts: (value: string) => boolean;
}

function matching(noun: string, example: string, pattern: RegExp): LabelType {
  return { noun, example, accepts: (value) => pattern.test(value) };
}

const TEXT = matching('text', 'any text', /\S/);

/** What a schema may ask of the value of a label, by the words that hadolint has for it. */
const TYPES = {
  text: TEXT,
  rawtext: TEXT,
  /** RFC 3986, with a scheme. */
  url: matching('URL', 'https://example.org', /^[a-z][a-z0-9+.-]*:(?:[\w.~:/?#[\]@!$&'()*+,;=-]|%[0-9a-f]{2})+$/i),
  rfc3339: { noun: 'time as in RFC 3339', example: '2026-11-29T12:00:00Z', accepts: isTime },
  semver: matching(
    'semantic version',
    '1.4.0',
    /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-(?:0|[1-9]\d*|\d*[a-z-][\da-z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-z-][\da-z-]*))*)?(?:\+[\da-z-]+(?:\.[\da-z-]+)*)?$/i,
  ),
  /** Short ones too: git itself takes them from four digits on, and prints seven. */
  hash: matching('hash of git', '4f2c1a9', /^(?:[0-9a-f]{7,40}|[0-9a-f]{64})$/i),
  spdx: { noun: 'license expression of SPDX', example: 'Apache-2.0', accepts: isLicenseExpression },
  /** RFC 5322, without comments and quoted names. */
  email: matching(
    'mail address',
    'team@example.org',
    /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*@[a-z\d-]+(?:\.[a-z\d-]+)*$/i,
  ),
} as const satisfies Readonly<Record<string, LabelType>>;

export type LabelTypeName = keyof typeof TYPES;

export const LABEL_TYPES: readonly LabelTypeName[] = keysOf(TYPES);

/** What is wrong with the value of a label, behind its name, and a right one; undefined where it is as it should be. */
export function labelProblem(
  type: LabelTypeName,
  value: string,
): { readonly problem: string; readonly example: string } | undefined {
  const { noun, example, accepts } = TYPES[type];
  if (accepts(value)) return undefined;
  return { problem: value.trim() === '' ? 'is empty' : `is no ${noun}`, example };
}

const TIME =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ]([01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

function isTime(text: string): boolean {
  const [, year = '', month = '', day = ''] = TIME.exec(text) ?? [];
  // A day that there is not, such as the 31st of June, becomes one of the next month.
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return year !== '' && date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
}
