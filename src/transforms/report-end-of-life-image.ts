import { ENDS_OF_LIFE } from '../analysis/ends-of-life.js';
import { releaseOf } from '../analysis/published-images.js';
import { type ImageReference, officialImageName } from '../dockerfile/image-reference.js';
import { lookUp } from '../text/table.js';
import { type Diagnostic, reported, type Transform } from './transform.js';

/**
 * Reports base images of versions that get no more fixes: of the program that the image is for, or of the distribution
 * that it is made of.
 *
 * Safe because it changes nothing: whether the application runs on the next version only its tests can tell.
 */
export const reportEndOfLifeImage: Transform = {
  name: 'report-end-of-life-image',
  summary: 'Reports base images of versions that get no more fixes',
  category: 'security',
  related: ['tally:ruby/eol-ruby-version', 'dockerfile-doctor:DD077', 'openrewrite:FindEndOfLifeImages'],
  reportsOnly: true,
  *check({ dockerfile }): Iterable<Diagnostic> {
    for (const { base, from, imageWord } of dockerfile.stages) {
      if (base.kind !== 'image') continue;
      const end = endOf(base.image);
      if (end === undefined) continue;
      yield reported(
        from.sourceSpan(imageWord),
        `${end.version} in \`${imageWord.text}\` has had no fixes since ${end.date}`,
        'Test the application with a version that is kept, and move to that.',
      );
    }
  },
};

interface End {
  /** With the name of what has the version. */
  readonly version: string;
  readonly date: string;
}

const DEBIAN: ReadonlyMap<string, string> = new Map([
  ['wheezy', '7'],
  ['jessie', '8'],
  ['stretch', '9'],
  ['buster', '10'],
  ['bullseye', '11'],
  ['bookworm', '12'],
]);

function endOf(image: ImageReference): End | undefined {
  const name = officialImageName(image);
  if (name === undefined) return undefined;
  const tag = image.tag ?? '';
  const version = /^v?(\d+(?:\.\d+)*)(?=-|$)/.exec(tag)?.[1];
  const own = version === undefined ? undefined : endOfVersion(name, version);
  if (own !== undefined) return own;
  const release = releaseOf(image);
  if (release === undefined) return undefined;
  const number = release.distribution === 'debian' ? DEBIAN.get(release.name) : release.name;
  return number === undefined ? undefined : endOfVersion(release.distribution, number);
}

/** The cycle that a version belongs to: `3.9` of `3.9.7`, `14` of `14.17`. */
function endOfVersion(name: string, version: string): End | undefined {
  const [cycle, date] = endsOf(name).find(([own]) => version === own || version.startsWith(`${own}.`)) ?? [];
  return cycle === undefined || date === undefined ? undefined : { version: `${name} ${cycle}`, date };
}

/** The tables that were looked at so far, by name: each cycle with its last day. */
const tables = new Map<string, readonly (readonly [cycle: string, date: string])[]>();

function endsOf(name: string): readonly (readonly [cycle: string, date: string])[] {
  const text = lookUp(ENDS_OF_LIFE, name);
  if (text === undefined) return [];
  let table = tables.get(name);
  if (table === undefined) {
    table = [...text.matchAll(/(\S+) (\S+)/g)].map(([, cycle = '', date = '']) => [cycle, date]);
    tables.set(name, table);
  }
  return table;
}
