import type { ImageView } from '../copies.js';
import { isWithin } from '../copies.js';

/** A file or folder of the builder stage that the image that runs gets at the same place. */
export interface Carried {
  readonly path: string;
  /** Where it goes, when that is another place. */
  readonly to?: string;
}

/** Ecosystems whose sources are known by their names. */
export type SourceKind = 'go' | 'rust' | 'java' | 'dotnet' | 'native' | 'node';

/** What no process reads, whatever it is made of: settings of tools, documents, tests, deployments. */
const NEVER_READ =
  /(?:^|\/)(?:\.(?:git|github|gitlab|circleci|vscode|idea|husky|devcontainer|cargo|mvn|gradle|terraform)\/|\.(?:git(?:ignore|attributes|modules|lab-ci\.yml)|dockerignore|editorconfig|travis\.yml|golangci\.ya?ml|air\.toml|eslint[\w.]*|prettier[\w.]*|babelrc[\w.]*|npmrc|nvmrc|yarnrc[\w.]*|node-version|tool-versions|clang-format|clang-tidy|DS_Store|env\.(?:example|sample|template))$|(?:Docker|Container)file[^/]*$|[^/]*\.dockerfile$|(?:docker-)?compose[^/]*\.ya?ml$|(?:GNU)?[Mm]akefile$|Jenkinsfile$|Taskfile\.ya?ml$|skaffold\.ya?ml$|(?:README|LICENSE|LICENCE|COPYING|AUTHORS|CODEOWNERS|CHANGELOG|CONTRIBUTING|SECURITY)[^/]*$|[^/]+\.(?:ps1|bat|cmd)$|(?:tests?|__tests__|testdata|e2e|benches)\/|(?:k8s|kubernetes|helm|charts|kustomize|terraform)\/|[^/]+\.(?:tf|log|drawio|puml)$|(?:bitbucket|azure)-pipelines[\w.-]*\.ya?ml$|cloudbuild\.ya?ml$|buildspec\.ya?ml$|\.pre-commit-config\.ya?ml$|renovate\.json$|sonar-project\.properties$)/;

/** Files of code, by their endings. */
const CODE: Readonly<Record<SourceKind, RegExp>> = {
  go: /\.(?:go|templ|s|c|h)$/,
  rust: /\.rs$/,
  java: /\.(?:java|kt|kts|scala|groovy|gradle|iml|class)$/,
  dotnet: /./,
  native: /\.(?:c|cc|cpp|cxx|c\+\+|h|hh|hpp|hxx|inl|ipp|asm|s|S|cmake|am|ac|in|m4|mk|pc|rc)$/,
  node: /\.(?:ts|tsx|jsx|vue|svelte|astro|scss|sass|less)$/,
};

/** What else belongs to a build, by where it lies below the folder that is copied. */
const PROJECT: Readonly<Record<SourceKind, RegExp>> = {
  go: /^(?:.*\/)?(?:go\.(?:mod|sum|work|work\.sum)|sqlc\.ya?ml|gqlgen\.ya?ml|buf[\w.]*\.ya?ml)$|^(?:[^/]+\/)?vendor\/|\.proto$/,
  rust: /^(?:.*\/)?(?:Cargo\.(?:toml|lock)|rust-toolchain[\w.]*|rustfmt\.toml|clippy\.toml|deny\.toml)$|^target\/|\.proto$/,
  java: /^(?:.*\/)?(?:pom\.xml|mvnw|gradlew|gradle\.properties|lombok\.config|checkstyle[\w.-]*\.xml)$|^(?:[^/]+\/)*?(?:src\/(?:main|test)\/|gradle\/)|^(?:src|target|build|out|bin)\/|\.(?:jar|proto)$/,
  dotnet: /./,
  native:
    /^(?:.*\/)?(?:CMakeLists\.txt|CMakePresets\.json|configure|meson(?:_options)?\.(?:build|txt)|conanfile[\w.]*|vcpkg[\w.-]*\.json)$|^(?:third_party|extern(?:al)?|build|cmake)\/|\.proto$/,
  node: /^(?:[^/]+\/)*(?:tsconfig[\w.-]*\.json|(?:vite|vitest|webpack[\w.-]*|rollup|rspack|rsbuild|parcel|babel|swc|esbuild|tsup|jest[\w.-]*|karma|playwright|cypress|postcss|tailwind|uno|windi|eslint|prettier|stylelint|commitlint|lint-staged|release|svelte|vue|craco|snowpack|metro|graphql-codegen|codegen)\.config\.[cm]?[jt]s|babel\.config\.json|jest\.setup\.[jt]s|nest-cli\.json|angular\.json|(?:package-lock|npm-shrinkwrap)\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?)$|^node_modules\/|\.map$/,
};

/** Folders whose files are read or sent as they are, whatever they are called. */
const ASSETS =
  /(?:^|\/)(?:public|static|assets|www|htdocs|templates?|views|content|data|locales?|i18n|migrations|fixtures|seeds)\//;

function isLeft(name: string, kind: SourceKind): boolean {
  if (/^(?:tests?|__tests__|e2e)\//.test(name)) return true;
  if (kind === 'node' ? !ASSETS.test(name) && CODE.node.test(name) : CODE[kind].test(name)) return true;
  return !ASSETS.test(name) && (NEVER_READ.test(name) || PROJECT[kind].test(name));
}

/** Above this number of places the folder is copied as a whole, which is easier to read and to keep. */
const MANY = 8;

/**
 * The places below a folder of the image that hold what is no source, as few as name them all; undefined where they
 * are too many to list. The results of builds are not among them. `left` are the names of the others, of folders the
 * first part.
 */
export function carriedBelow(
  view: ImageView,
  folder: string,
  kind: SourceKind,
  isMore: (path: string) => boolean,
): { readonly places: readonly string[]; readonly left: readonly string[] } | undefined {
  const kept: string[] = [];
  const dropped: string[] = [];
  // The folders of Maven and Gradle are known by the one above them.
  const above = kind === 'java' && folder.endsWith('/src') ? 'src/' : '';
  for (const path of view.below(folder)) {
    const name = path.slice(folder === '/' ? 1 : folder.length + 1);
    (isLeft(`${above}${name}`, kind) || isMore(path) ? dropped : kept).push(path);
  }
  const places = group(folder, kept, dropped);
  if (places.length > MANY) return undefined;
  const names = dropped
    .filter((path) => !isMore(path))
    .map((path) => path.slice(folder === '/' ? 1 : folder.length + 1));
  return { places, left: [...new Set(names.map((name) => name.replace(/\/.*$/, '/')))] };
}

/** Above this number of names that are left a note counts no more. */
const MOST_LEFT = 8;

/** What `carriedBelow` found, for the person who decides. */
export function notesOnContext(places: readonly string[], left: readonly string[]): readonly string[] {
  const kept =
    places.length === 0
      ? 'the build context holds nothing else than sources'
      : `of the build context it gets ${places.join(', ')}`;
  const more = left.length > MOST_LEFT ? ' and more' : '';
  return left.length === 0 ? [kept] : [kept, `left in the builder: ${left.slice(0, MOST_LEFT).join(', ')}${more}`];
}

/** The folders that hold nothing but kept files, and the kept files beside others. */
function group(folder: string, kept: readonly string[], dropped: readonly string[]): readonly string[] {
  const places: string[] = [];
  const children = new Map<string, string[]>();
  for (const path of kept) {
    const rest = path.slice(folder.length + 1);
    const slash = rest.indexOf('/');
    if (slash === -1) {
      places.push(path);
      continue;
    }
    const child = `${folder}/${rest.slice(0, slash)}`;
    const list = children.get(child);
    if (list === undefined) children.set(child, [path]);
    else list.push(path);
  }
  for (const [child, paths] of children) {
    if (dropped.some((path) => isWithin(path, child))) places.push(...group(child, paths, dropped));
    else places.push(child);
  }
  return places;
}

/** Folders that hold sources by their usual names, for where nobody has the context. */
const SOURCE_FOLDERS: Readonly<Record<SourceKind, RegExp>> = {
  go: /^(?:cmd|internal|pkg|vendor)$/,
  rust: /^(?:src|crates|benches)$/,
  java: /^(?:src|gradle|\.mvn|buildSrc)$/,
  dotnet: /./,
  native: /^(?:src|source|include|lib|cmake|third_party)$/,
  node: /^src$/,
};

/** Whether what a copy names is source by its name alone. */
export function isSourceName(source: string, kind: SourceKind): boolean {
  const name = source.replace(/[*?]$/, '').replace(/^.*\/(?=[^/]+$)/, '');
  return isLeft(source, kind) || isLeft(name, kind) || SOURCE_FOLDERS[kind].test(source);
}
