import { randomBytes } from 'node:crypto';
import type { Announced } from './announced.js';
import { compareFields, compareFiles, compareMaps, Noise, setuidFiles } from './compare.js';
import type { Build, BuildSettings, Engine } from './engine.js';
import type { ImageFacts } from './image.js';
import { isMadeForMount, mountPointsIn } from './mount-points.js';
import { runSmokeTest, type SmokeResult, type SmokeTest } from './smoke.js';
import {
  type EditCost,
  type EditSide,
  failureOf,
  fieldSentence,
  fileSentence,
  packageSentence,
  type Side,
  type Verdict,
} from './verdict.js';
import { newEdit, type Version, type Workspace } from './workspace.js';

/** How a Dockerfile is built and tried. */
export interface TrialSetting {
  readonly engine: Engine;
  readonly workspace: Workspace;
  readonly settings: BuildSettings;
  readonly smoke: SmokeTest | undefined;
  readonly smokeSeconds: number;
  readonly signal: AbortSignal;
  /** Gets a line at each step. */
  readonly onProgress: (line: string) => void;
}

/** The Dockerfile as it is does not build, or its smoke test fails: there is nothing to compare with. */
export class BrokenBeforeError extends Error {
  /** The last words of the builder or of the container. */
  readonly words: string;

  constructor(message: string, words: string) {
    super(message);
    this.words = words;
  }
}

/** A rewritten version, and what its fixes say that they change. */
export interface Rewritten {
  readonly version: Version;
  readonly announced: Announced;
  /** Whether behaviour may change: some fix was unsafe. */
  readonly isUnsafe: boolean;
}

/** A name that nobody else uses, for images, containers and volumes. */
export function privateName(): string {
  return `dfix-verify-${randomBytes(6).toString('hex')}`;
}

/** The Dockerfile as it is, built and tried: what rewritten versions are compared with. */
export class Verification {
  readonly #setting: TrialSetting;
  readonly #before: Version;
  readonly #name: string;
  readonly #first: ImageFacts;
  readonly #second: ImageFacts;
  readonly #noise: Noise;
  #smokeBefore: SmokeResult | undefined;

  private constructor(setting: TrialSetting, before: Version, name: string, images: readonly [ImageFacts, ImageFacts]) {
    this.#setting = setting;
    this.#before = before;
    this.#name = name;
    [this.#first, this.#second] = images;
    this.#noise = new Noise(...images);
  }

  /** Builds the file twice, to know what differs without any change. Throws a `BrokenBeforeError`. */
  static async start(setting: TrialSetting, before: Version): Promise<Verification> {
    const name = privateName();
    const build = async (side: string, isFresh: boolean): Promise<ImageFacts> => {
      const built = await buildVersion(setting, before, `${name}:${side}`, isFresh);
      if (!built.isBuilt)
        throw new BrokenBeforeError(
          `the Dockerfile does not build as it is: ${failureOf(built)}`,
          built.failure?.words ?? '',
        );
      setting.onProgress(`${side}: looking into the image`);
      return setting.engine.look(`${name}:${side}`);
    };
    const first = await build('before', false);
    // From nothing, or the cache would hide what two builds do differently.
    const second = await build('again', true);
    const verification = new Verification(setting, before, name, [first, second]);
    const smoke = await verification.#smoke('before', first);
    if (smoke?.isPassed === false)
      throw new BrokenBeforeError(`the smoke test fails before any change: ${smoke.seen}`, smoke.output);
    verification.#smokeBefore = smoke;
    return verification;
  }

  /** The name of the image of the file as it is. */
  get imageBefore(): string {
    return `${this.#name}:before`;
  }

  /** The name of the image that was made last of a rewritten version. */
  get imageAfter(): string {
    return `${this.#name}:after`;
  }

  /** Builds a rewritten version and compares it. */
  async compare({ version, announced, isUnsafe }: Rewritten): Promise<Verdict> {
    const { engine, onProgress } = this.#setting;
    const tag = this.imageAfter;
    const build = await buildVersion(this.#setting, version, tag, false);
    const base = {
      engine: engine.version,
      before: sideOf(this.#first, this.#smokeBefore),
      noise: this.#noise.size,
    };
    if (!build.isBuilt) {
      const faults = [`the rewritten file does not build: ${failureOf(build)}`];
      return { ...base, after: undefined, fields: [], files: [], packages: [], edit: undefined, faults };
    }
    onProgress('after: looking into the image');
    const image = await engine.look(tag);
    const compared = this.#differences(image, announced, mountPointsIn(version.text));
    const smoke = await this.#smoke('after', image);
    const faults = [...faultsIn(compared), ...(await this.#smokeFaults(smoke, isUnsafe))];
    return { ...base, ...compared, after: sideOf(image, smoke), edit: undefined, faults };
  }

  #differences(
    after: ImageFacts,
    announced: Announced,
    mountPoints: readonly string[],
  ): Pick<Verdict, 'fields' | 'files' | 'packages'> {
    const first = this.#first;
    const fields = compareFields(first, after)
      .filter((difference) => !this.#noise.hasField(difference))
      .map((difference) => ({ difference, announcedBy: announced.ofField(difference) }));
    const files = compareFiles(first.files, after.files)
      .filter((difference) => !this.#noise.hasFile(difference))
      // An engine makes the working directory of a container that has none.
      .filter(({ path, kind }) => kind !== 'new' || path !== after.config.fields.get('workdir'))
      .filter((difference) => !isMadeForMount(difference, mountPoints, after.files))
      .map((difference) => ({ difference, announcedBy: announced.ofFile(difference) }));
    // A package whose version depends on the day of the build is as it is in one of the two.
    const packages = compareMaps(first.packages ?? new Map(), after.packages ?? new Map())
      .filter(({ name, after: now }) => now === undefined || this.#second.packages?.get(name) !== now)
      .map((difference) => ({ difference, announcedBy: announced.ofPackages() }));
    return { fields, files, packages };
  }

  async #smoke(side: string, image: ImageFacts): Promise<SmokeResult | undefined> {
    const { smoke: test, engine, signal, smokeSeconds: seconds, onProgress } = this.#setting;
    if (test === undefined) return undefined;
    onProgress(`${side}: smoke test`);
    const name = `${this.#name}-${side}`;
    return runSmokeTest({ engine, test, tag: `${this.#name}:${side}`, name, image, signal, seconds });
  }

  async #smokeFaults(after: SmokeResult | undefined, isUnsafe: boolean): Promise<readonly string[]> {
    const before = this.#smokeBefore;
    if (before === undefined || after === undefined) return [];
    if (!after.isPassed) return [`the smoke test passes before and fails after: ${after.seen}`];
    if (before.survivesRestart === true && after.survivesRestart !== true)
      return ['after a restart with the same volumes the smoke test fails'];
    if (before.output === after.output || isUnsafe) return [];
    // Only an answer that is the same twice can be expected to stay.
    const again = await this.#smoke('before', this.#first);
    return again?.output === before.output ? ['the smoke test says something else than before'] : [];
  }

  /**
   * Edits a file of the context and builds both versions again, with all that was built so far in the cache. Undefined
   * where a version does not build with the edit.
   */
  async edit(path: string, after: Version): Promise<EditCost | undefined> {
    const sides: EditSide[] = [];
    const edit = { path, text: newEdit() };
    for (const [side, version] of [
      ['before', this.#before],
      ['after', after],
    ] as const) {
      const { isBuilt, steps, seconds } = await buildVersion(
        this.#setting,
        version,
        `${this.#name}:${side}-edited`,
        false,
        edit,
      );
      if (!isBuilt) return undefined;
      sides.push({ steps: steps.length, repeated: steps.filter(({ isCached }) => !isCached).length, seconds });
    }
    const [before, then] = sides;
    return before === undefined || then === undefined ? undefined : { path, before, after: then };
  }
}

/** Builds a version under a name, after an edit of one of the context's files if one is named. */
export async function buildVersion(
  { engine, workspace, settings, onProgress }: TrialSetting,
  version: Version,
  tag: string,
  isFresh: boolean,
  edit?: { readonly path: string; readonly text: string },
): Promise<Build> {
  await workspace.use(version);
  if (edit !== undefined) await workspace.touch(edit.path, edit.text);
  const side = tag.slice(tag.indexOf(':') + 1);
  onProgress(`${side}: building`);
  const { dockerfile, context } = workspace;
  const onStep = (step: string): void => onProgress(`${side}: ${step}`);
  return engine.build({ ...settings, tag, dockerfile, context, isFresh, onStep });
}

/** One sentence for each difference that nobody announced; those of files in one. */
function faultsIn({ fields, files, packages }: Pick<Verdict, 'fields' | 'files' | 'packages'>): readonly string[] {
  const faults: string[] = [];
  for (const { difference, announcedBy } of fields)
    if (announcedBy === undefined) faults.push(`nobody announced that ${fieldSentence(difference)}`);
  for (const { difference, announcedBy } of packages)
    if (announcedBy === undefined) faults.push(`nobody announced that ${packageSentence(difference)}`);
  const [silent, ...more] = files.filter(({ announcedBy }) => announcedBy === undefined);
  if (silent === undefined) return faults;
  const others = more.length === 0 ? '' : `, and ${more.length} more paths differ`;
  return [...faults, `nobody announced that ${fileSentence(silent.difference)}${others}`];
}

function sideOf(image: ImageFacts, smoke: SmokeResult | undefined): Side {
  const { size, layers, packages, users, config } = image;
  const user = config.fields.get('user') ?? '';
  return { size, layers, packages: packages?.size, setuid: setuidFiles(image), users, user, smoke };
}
