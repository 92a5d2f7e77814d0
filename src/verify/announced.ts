import { Analysis } from '../analysis/analysis.js';
import { imagePath, workdirsOf } from '../analysis/copies.js';
import type { ConfigField } from '../analysis/image-config.js';
import type { Dockerfile } from '../dockerfile/dockerfile.js';
import { baseName } from '../text/path.js';
import type { Change } from '../rewrite.js';
import { IMAGE_CHANGES, type ImageChange, type Transform } from '../transforms/transform.js';
import type { FieldDifference, FileDifference } from './compare.js';

/** Folders that belong to the system and not to the application; packages use that of /usr/local, too. */
const SYSTEM = /^\/(?:bin|boot|etc|lib(?:32|64|x32)?|run|sbin|usr(?:\/local\/share|(?!\/local))|var)(?:\/|$)/;

/** What package managers and compilers keep for later. */
const KEPT_FOR_LATER =
  /^\/(?:usr\/local\/share\/\.cache|go\/pkg|usr\/src\/php\.tar)(?:\/|$)|\/(?:\.cache|\.npm|\.yarn\/cache|\.pnpm-store|\.local\/share\/pnpm|\.m2|\.gradle|\.cargo\/registry|\.composer\/cache|\.nuget|\.bundle\/cache|\.gem|\.ivy2|go\/pkg|cargo\/registry)(?:\/|$)|\/gems\/[^/]+\/cache\//;

/** What the system keeps for later, and temporary files. */
const TEMPORARY = /^\/(?:tmp|var\/(?:cache|tmp|log|lib\/apt\/lists|lib\/dnf|lib\/yum))(?:\/|$)/;

/** Where the libraries of languages are installed, and the files that installers rewrite. */
const DEPENDENCIES =
  /\/(?:node_modules|vendor|site-packages|dist-packages|gems|bundle|deps)(?:\/|$)|\/(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?)$/;

/** The accounts, and the homes that come with them. */
const USERS =
  /^\/etc\/(?:passwd|group|shadow|gshadow|subuid|subgid)-?$|^\/home(?:\/|$)|^\/var\/(?:spool\/)?mail(?:\/|$)|^\/var\/log\/(?:lastlog|faillog)$|^\/etc\/\.pwd\.lock$/;

/** Folders that an application shares with the system, the root among them. */
const SHARED_FOLDERS = /^(?:\/(?:bin|etc|home|lib|opt|root|sbin|tmp|usr(?:\/local)?(?:\/s?bin|\/lib)?|var))?$/;

/** Fields that go with another base image, by the instruction that sets them; what starts the process is not one. */
const BASE_FIELDS: Readonly<Partial<Record<ConfigField, string>>> = {
  author: 'MAINTAINER',
  entrypoint: 'ENTRYPOINT',
  expose: 'EXPOSE',
  healthcheck: 'HEALTHCHECK',
  stopsignal: 'STOPSIGNAL',
  volumes: 'VOLUME',
};

/** Differences that the transforms say that they make. */
export class Announced {
  readonly #fields = new Map<ConfigField, Set<string>>();
  readonly #changes = new Map<ImageChange, Set<string>>();
  readonly #ownVariables: ReadonlySet<string>;
  readonly #applicationFolders: readonly string[];
  readonly #workdirs: ReadonlySet<string>;
  readonly #keywords: ReadonlySet<string>;

  constructor(before: Dockerfile, changes: readonly Change[], transforms: readonly Transform[]) {
    for (const { transform, configChanges } of changes) {
      for (const field of configChanges) add(this.#fields, field, transform);
      const kinds = transforms.find(({ name }) => name === transform)?.imageChanges ?? [];
      for (const kind of kinds) add(this.#changes, kind, transform);
    }
    this.#ownVariables = new Set(
      before.instructions.flatMap(({ keyword, pairs }) => (keyword === 'ENV' ? pairs.map(({ name }) => name) : [])),
    );
    this.#keywords = new Set(before.instructions.flatMap(({ keyword }) => keyword ?? []));
    const places = placesOf(before);
    this.#workdirs = new Set(places.workdirs);
    this.#applicationFolders = places.all.filter((folder) => !SHARED_FOLDERS.test(folder));
  }

  /** The transforms that announced a difference; undefined for one that nobody announced. */
  ofField({ field, name }: FieldDifference): readonly string[] | undefined {
    const own = this.#fields.get(field);
    if (own !== undefined) return [...own];
    const base = this.#fields.get('base');
    return base !== undefined && this.#isOfBase(field, name) ? [...base] : undefined;
  }

  /** Whether a field or variable is one that the base image brings by itself, and the file never sets. */
  #isOfBase(field: ConfigField, name: string | undefined): boolean {
    if (field === 'labels') return true;
    if (field === 'env') return !this.#ownVariables.has(name ?? '');
    const keyword = BASE_FIELDS[field];
    return keyword !== undefined && !this.#keywords.has(keyword);
  }

  ofFile(difference: FileDifference): readonly string[] | undefined {
    const { path } = difference;
    // Where the build copies them, the files that dfix writes are files of the image.
    if (/^(?:.*\.)?Dockerfile(?:\..*)?$|^Containerfile|\.dockerignore$|\.[Dd]ockerfile$/.test(baseName(path)))
      return [];
    // The keys of caches follow whatever a build is made with; that one is lost is another matter.
    if (difference.kind !== 'gone' && KEPT_FOR_LATER.test(path)) return [];
    // Each aspect may have been changed by another transform.
    const parts = difference.kind === 'changed' ? difference.aspects.map((aspect) => [aspect]) : [[]];
    const by = new Set<string>();
    for (const aspects of parts) {
      // The first of the list is the one that says most.
      const kind = IMAGE_CHANGES.find((one) => this.#changes.has(one) && this.#covers(one, { ...difference, aspects }));
      if (kind === undefined) return undefined;
      for (const name of this.#changes.get(kind) ?? []) by.add(name);
    }
    return [...by];
  }

  /** Whether other packages of the system are announced. */
  ofPackages(): readonly string[] | undefined {
    const by = this.#changes.get('packages');
    return by === undefined ? undefined : [...by];
  }

  #covers(kind: ImageChange, { path, kind: how, aspects }: FileDifference): boolean {
    switch (kind) {
      case 'fewer-files':
        return how === 'gone';
      case 'caches':
        return KEPT_FOR_LATER.test(path) || TEMPORARY.test(path);
      case 'dependencies':
        return DEPENDENCIES.test(path);
      case 'users':
        return USERS.test(path);
      case 'owners':
        return how === 'changed' && aspects.every((aspect) => aspect === 'owner' || aspect === 'mode');
      case 'packages':
        return SYSTEM.test(path) && !this.#isOfApplication(path);
      case 'base':
        // A WORKDIR makes a folder again that a RUN of the other stage took away.
        return !this.#isOfApplication(path) || (how === 'new' && this.#workdirs.has(path));
    }
  }

  #isOfApplication(path: string): boolean {
    return this.#applicationFolders.some((folder) => path === folder || path.startsWith(`${folder}/`));
  }
}

function add<K>(map: Map<K, Set<string>>, key: K, name: string): void {
  map.set(key, (map.get(key) ?? new Set()).add(name));
}

/** The folders that a file works in, and with them those that it copies to. */
function placesOf(dockerfile: Dockerfile): { readonly workdirs: readonly string[]; readonly all: readonly string[] } {
  const analysis = new Analysis(dockerfile);
  const workdirs: string[] = [];
  const all: string[] = [];
  for (const stage of dockerfile.stages) {
    const folders = workdirsOf(analysis, stage);
    for (const [index, { keyword, words, argumentsText }] of stage.instructions.entries()) {
      const workdir = folders[index] ?? '/';
      const place = (path: string): string => imagePath(workdir, path).replace(/\/$/, '');
      const last = words[words.length - 1];
      if (keyword === 'WORKDIR') workdirs.push(place(argumentsText));
      else if ((keyword === 'COPY' || keyword === 'ADD') && last !== undefined) all.push(place(last.text));
    }
  }
  return { workdirs, all: [...new Set([...workdirs, ...all])] };
}
