import type { Invocation } from '../../shell/invocation.js';
import type { ShellWord } from '../../shell/parse.js';
import { imagePath } from '../copies.js';

/** What a command of a build makes. */
export interface Build {
  readonly tool: BuildTool;
  /** As messages name it, such as `go build`. */
  readonly label: string;
  /** The folder that it works in. */
  readonly folder: string;
  /** The files and folders that its words name as results, absolute. */
  readonly outputs: readonly string[];
  /** Puts results into folders of the system, as `make install` does. */
  readonly installs?: boolean;
  /** Of a generator: it may write anything below the application, and not sources alone. */
  readonly isOpen?: boolean;
  /** Where `install` puts results, as far as the command says. */
  readonly prefix?: string;
}

export type BuildTool =
  | 'go'
  | 'cargo'
  | 'maven'
  | 'gradle'
  | 'javac'
  | 'dotnet'
  | 'node'
  | 'native'
  | 'elixir'
  /** Writes sources or documents below its folder, and is needed by nothing that runs. */
  | 'generator';

const GENERATORS: ReadonlySet<string> = new Set(
  'protoc buf swag sqlc templ wire mockgen stringer gqlgen ent oapi-codegen openapi-generator-cli flatc thrift upx strip'.split(
    ' ',
  ),
);

const COMPILERS = /^(?:(?:[\w-]+-)?(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+)(?:-\d+)?|rustc|ld|ar)$/;

/** Programs of packages of npm that build, started by themselves or by npx. */
const NODE_BUILDERS =
  /^(?:tsc|tsup|swc|babel|webpack|webpack-cli|rollup|esbuild|parcel|vite|next|nuxt|nuxi|nest|ng|vue-cli-service|react-scripts|gatsby|astro|remix|svelte-kit|turbo|nx|lerna|gulp|grunt|prisma|tsc-alias|ncc|rimraf|eslint|jest|vitest|cpx|copyfiles|shx|sass|postcss|tailwindcss)$/;

/** Reads a command that builds something; undefined for any other. */
export function buildOf(invocation: Invocation, folder: string): Build | undefined {
  const { program, args } = invocation;
  const words = args.map(({ value, text }) => value ?? text);
  const verb = words.find((word) => !word.startsWith('-')) ?? '';
  const make = (tool: BuildTool, outputs: readonly string[] = [], installs = false, isOpen = false): Build => ({
    tool,
    label: `${program} ${verb}`.trim(),
    folder,
    outputs,
    ...(installs ? { installs } : {}),
    ...(isOpen ? { isOpen } : {}),
    ...prefixOf(words),
  });
  if (GENERATORS.has(program)) return make('generator');
  switch (program) {
    case 'go':
      return goBuild(verb, words, folder, make);
    case 'cargo':
      return cargoBuild(verb, words, make);
    case 'mvn':
    case 'mvnw':
      return words.some((word) =>
        /^(?:package|install|verify|compile|deploy|[\w-]*:(?:repackage|assembly|single))$/.test(word),
      )
        ? make('maven')
        : undefined;
    case 'gradle':
    case 'gradlew':
      return words.some((word) =>
        /(?:^|:)(?:build|assemble|bootJar|bootWar|jar|shadowJar|installDist|war|distTar|classes|compile\w*)$/.test(
          word,
        ),
      )
        ? make('gradle')
        : undefined;
    case 'javac':
    case 'kotlinc':
      return make('javac');
    case 'jar':
      return /^-?-?c/.test(words[0] ?? '') ? make('javac') : make('generator');
    case 'dotnet':
      if (verb === 'publish' || verb === 'build' || verb === 'pack')
        return make('dotnet', namedOutput(words, folder, /^(?:-o|--output)$/, /^(?:-o|--output)[=:](.+)$/));
      return verb === 'test' || verb === 'tool' || verb === 'dev-certs' ? make('generator') : undefined;
    case 'make':
    case 'gmake':
    case 'ninja':
      return make(
        'native',
        [],
        words.some((word) => /^(?:.*-)?install(?:-.*)?$/.test(word)),
      );
    case 'cmake':
    case 'meson':
      return make('native', [], words.includes('--install') || words.includes('install'));
    case 'configure':
    case 'autoreconf':
    case 'autogen.sh':
    case 'bootstrap':
    case 'bootstrap.sh':
    case 'autoconf':
    case 'automake':
    case 'qmake':
    case 'scons':
      return make('native');
    case 'mix':
      return /(?:^|,? )(?:compile|release|phx\.digest|assets\.deploy|ecto\.\w+|test)\b/.test(words.join(' '))
        ? make('elixir')
        : undefined;
    default:
  }
  if (COMPILERS.test(program))
    return make(
      'native',
      namedOutput(words, folder, /^-o$/, /^-o(.+)$/).filter((path) => !/\.o$/.test(path)),
    );
  if (isNodeBuild(program, words)) return make('node');
  return undefined;
}

function goBuild(
  verb: string,
  words: readonly string[],
  folder: string,
  make: (tool: BuildTool, outputs?: readonly string[], installs?: boolean, isOpen?: boolean) => Build,
): Build | undefined {
  if (verb === 'build') return make('go', namedOutput(words, folder, /^-o$/, /^-o=(.+)$/));
  if (verb === 'install') return words.some((word) => /@/.test(word)) ? make('generator') : make('go');
  if (verb === 'generate' || verb === 'run') return make('generator', [], false, true);
  return /^(?:vet|test|fmt|tool|clean|list|mod|version|env)$/.test(verb) ? make('generator') : undefined;
}

/** Where a build is told to install. */
function prefixOf(words: readonly string[]): { readonly prefix: string } | undefined {
  for (const [index, word] of words.entries()) {
    const value =
      /^(?:--prefix=|-DCMAKE_INSTALL_PREFIX(?::\w+)?=|-Dprefix=|PREFIX=|prefix=|DESTDIR=)(.+)$/.exec(word)?.[1] ??
      (word === '--prefix' ? words[index + 1] : undefined);
    if (value !== undefined) return { prefix: value };
  }
  return undefined;
}

function cargoBuild(
  verb: string,
  words: readonly string[],
  make: (tool: BuildTool, outputs?: readonly string[], installs?: boolean, isOpen?: boolean) => Build,
): Build | undefined {
  if (/^(?:build|b|rustc)$/.test(verb)) return make('cargo');
  if (verb === 'install') return words.some((word) => /^--path/.test(word)) ? make('cargo') : undefined;
  if (/^(?:run|r|sqlx|leptos)$/.test(verb)) return make('generator', [], false, true);
  return /^(?:test|t|check|clippy|fmt|clean|new|init)$/.test(verb) ? make('generator') : undefined;
}

/** The value of an option that names a result. */
function namedOutput(words: readonly string[], folder: string, apart: RegExp, joined: RegExp): readonly string[] {
  for (const [index, word] of words.entries()) {
    const name = apart.test(word) ? words[index + 1] : joined.exec(word)?.[1];
    if (name !== undefined && /^[\w./@+-]+$/.test(name)) return [imagePath(folder, name)];
  }
  return [];
}

function isNodeBuild(program: string, words: readonly string[]): boolean {
  if (NODE_BUILDERS.test(program)) return true;
  const plain = words.filter((word) => !word.startsWith('-'));
  const [verb = '', name = ''] = plain;
  switch (program) {
    case 'npm':
    case 'bun':
      return /^(?:run|run-script|test|t|prune|dedupe|rebuild)$/.test(verb);
    case 'yarn':
      return (
        verb === 'run' ||
        verb === 'workspace' ||
        verb === 'workspaces' ||
        /^(?:build|compile|generate|lint|test|tsc)(?::|$)|:(?:build|generate|compile)$/.test(verb)
      );
    case 'pnpm':
      return (
        verb === 'run' ||
        verb === 'exec' ||
        /^(?:build|compile|generate|lint|test|tsc|prune|rebuild)(?::|$)|:(?:build|generate|compile)$/.test(verb)
      );
    case 'npx':
    case 'pnpx':
    case 'bunx':
      return NODE_BUILDERS.test(verb) || (verb === 'run' && name !== '');
    default:
      return false;
  }
}

/** A script of the project, below the folder that it is started in. */
export function isOwnScript({ programWord, program, args }: Invocation): boolean {
  const word: ShellWord | undefined = /^(?:ba|da|a)?sh$/.test(program)
    ? args.find(({ text }) => !text.startsWith('-'))
    : programWord;
  const value = word?.value ?? '';
  return /^(?:\.\/)?[\w.-]+(?:\/[\w.-]+)*\.sh$/.test(value) || /^\.\/[\w./-]+$/.test(value);
}
