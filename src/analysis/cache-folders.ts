import type { Invocation } from '../shell/invocation.js';
import { packageCommandOf } from '../shell/packages.js';
import type { CacheObstacle, CachePlace } from './cache-place.js';
import type { Program } from './program-words.js';
import { YARN_BERRY } from './yarn.js';

/** A folder to mount, and what the mount needs besides. */
export interface CacheFolder {
  readonly target: string;
  /** The name of the cache where the target does not tell it from others. */
  readonly id?: string;
  /** For programs that do not guard their cache against a second build that uses it at the same time. */
  readonly sharing?: 'locked';
}

/** A program that keeps what it downloads. */
export interface CacheProgram {
  readonly name: string;
  /** The names by which scripts call it, for the cheap look. */
  readonly programs: readonly Program[];
  /** Whether a command downloads into the cache, or may. */
  readonly downloads: (invocation: Invocation) => boolean;
  /** Whether a command empties the cache and does nothing else. */
  readonly cleans?: (words: string) => boolean;
  readonly folders: (place: CachePlace) => readonly CacheFolder[] | CacheObstacle;
  /** What switches the cache off: options that go. */
  readonly off?: readonly string[];
  /** What stands in for an option that goes, after all of a script up to the end of its command. */
  readonly instead?: (script: string) => string | undefined;
  /** Variables that switch the cache off, or let the program work from it alone. */
  readonly offVariables?: readonly string[];
  /** Options, settings and files that put the cache elsewhere, or let the program work from it alone. */
  readonly elsewhere?: RegExp;
  /** Options with which the program works from what an earlier command has fetched. */
  readonly offline?: RegExp;
  /** What is fetched is used in place, so that whatever runs later needs the folder, too. */
  readonly isStore?: true;
  /** Commands that put something there which nobody can download again. */
  readonly leaves?: RegExp;
  /** Commands after which nobody needs it, such as the installation of a program. */
  readonly standsAlone?: (invocation: Invocation) => boolean;
  /** Belongs to the system, so that neither the user nor the home decides on the place. */
  readonly isSystem?: true;
  /** Folders that hold nothing any more once the cache is mounted, so that emptying them goes, too. */
  readonly cleaned?: readonly string[];
  /** What the mount asks of the one who decides, one sentence. */
  readonly look?: string;
}

/** The subcommand and the words behind it of a package manager's command, without options. */
function wordsOf(invocation: Invocation): readonly string[] {
  const command = packageCommandOf(invocation);
  const words =
    command === undefined
      ? invocation.args.filter(({ text }) => !text.startsWith('-'))
      : [...(command.subcommand === undefined ? [] : [command.subcommand]), ...command.operands];
  return words.map(({ value, text }) => value ?? text);
}

/** Whether the words of a command start with one of some verbs; an empty verb stands for a command without words. */
function verbs(pattern: RegExp): (invocation: Invocation) => boolean {
  return (invocation) => {
    if (invocation.args.some(({ text }) => /^(?:--help|-h|--version|-V)$/.test(text))) return false;
    const words = wordsOf(invocation).join(' ');
    // `yarn -v` installs nothing.
    return pattern.test(words) && (words !== '' || !invocation.args.some(({ text }) => text === '-v'));
  };
}

function isObstacle(folder: string | CacheObstacle): folder is CacheObstacle {
  return typeof folder !== 'string';
}

/** One folder, at the first of some places that is set. */
function at(
  sources: readonly (readonly [string, string])[],
  more: { readonly sharing?: 'locked'; readonly below?: readonly string[] } = {},
): (place: CachePlace) => readonly CacheFolder[] | CacheObstacle {
  const { below = [''], ...rest } = more;
  return (place) => {
    const folder = place.find(sources);
    return isObstacle(folder) ? folder : below.map((path) => ({ target: `${folder}${path}`, ...rest }));
  };
}

/** The folder of dnf and yum: yum before version 4 of the distribution's, dnf, and dnf 5 have one each. */
function rpmFolders({ image, tag }: CachePlace): readonly CacheFolder[] | CacheObstacle {
  const unknown: CacheObstacle = { reason: 'unknown-base', detail: 'nobody can tell which version of dnf it has' };
  const version = Number(/^(?:stream|ol|centos)?(\d+)/.exec(tag)?.[1]);
  const isNewest = /^(?:latest|rawhide)?$/.test(tag);
  const folder = (name: string): readonly CacheFolder[] => [{ target: `/var/cache/${name}`, sharing: 'locked' }];
  switch (image) {
    case 'fedora':
      if (isNewest || version >= 41) return folder('libdnf5');
      return version >= 22 ? folder('dnf') : unknown;
    case 'centos':
      // The last image of that tag.
      if (/^(?:latest)?$/.test(tag)) return folder('dnf');
      return version >= 8 || /^stream/.test(tag) ? folder('dnf') : version >= 5 ? folder('yum') : unknown;
    case 'oraclelinux':
      if (version >= 8) return folder('dnf');
      return version >= 5 ? folder('yum') : unknown;
    case 'rockylinux':
    case 'almalinux':
      return version >= 8 ? folder('dnf') : unknown;
    case 'amazonlinux':
      if (version >= 2022 && version < 2030) return folder('dnf');
      return version === 1 || version === 2 || version === 2018 ? folder('yum') : unknown;
    default:
      return unknown;
  }
}

/** A script that fetches apk's list of packages by itself, and keeps it. */
const APK_UPDATES = /\bapk\s+(?:-\S+\s+)*update\b|\bapk\b[^&;|\n]*\s(?:-[a-z]*U[a-z]*|--update(?:-cache)?)(?=\s|$)/;

/** The same, or one that fetches the list for a single command. */
export const APK_FETCHES =
  /\bapk\s+(?:-\S+\s+)*update\b|\bapk\b[^&;|\n]*\s(?:-[a-z]*U[a-z]*|--update(?:-cache)?|--no-cache)(?=\s|$)/;

/** One that reads the list. */
export const APK_READS = /\bapk\b[^&;|\n]*\s(?:add|upgrade|fix|fetch|search|policy|list|cache)(?=\s|$)/;

const APT_ARCHIVES = '/var/cache/apt';
const APT_STATE = '/var/lib/apt';

const GO_MODULES = at([
  ['GOMODCACHE', ''],
  ['GOPATH', '/pkg/mod'],
  ['@golang', '/go/pkg/mod'],
  ['HOME', '/go/pkg/mod'],
]);
const GO_BUILDS = at([
  ['GOCACHE', ''],
  ['XDG_CACHE_HOME', '/go-build'],
  ['HOME', '/.cache/go-build'],
]);

/** Poetry's virtual environments lie beside its downloads unless it is told not to make any there. */
const POETRY_ENVIRONMENTS_ELSEWHERE =
  /virtualenvs\.create\s+false|virtualenvs\.in-project\s+true|VIRTUALENVS_CREATE[ =]"?(?:false|0)|VIRTUALENVS_IN_PROJECT[ =]"?(?:true|1)/i;

/**
 * The programs with the folders in which they keep what they download, and what in a script switches that off or
 * empties it. Sources: the manuals apt-get(8), apk-cache(5), dnf.conf(5); pip's "Caching"; `npm help config`; yarn 1's
 * `yarn cache dir`; pnpm's "Working with Docker"; bun's "Global cache"; uv's "Using uv in Docker"; Poetry's "cache-dir";
 * `go help environment`; Cargo's "Cargo Home"; Maven's and Gradle's guides to their directories; Composer's
 * Factory::getCacheDir; RubyGems' Gem::RemoteFetcher; NuGet's "Managing the global packages folder". Read 2026-08-21.
 */
export const CACHE_PROGRAMS: readonly CacheProgram[] = [
  {
    name: 'apt',
    programs: ['apt-get', 'apt'],
    downloads: verbs(/^(?:install|reinstall|satisfy|build-dep|upgrade|dist-upgrade|full-upgrade|source|download)\b/),
    cleans: (words) => /^(?:apt-get|apt) (?:clean|autoclean|auto-clean|distclean|dist-clean)$/.test(words),
    folders: ({ text }) => [
      { target: APT_ARCHIVES, sharing: 'locked' },
      // The folder above the lists also tells which packages nobody asked for, and another image would answer.
      { target: /auto-?remove|autopurge|apt-mark/.test(text) ? `${APT_STATE}/lists` : APT_STATE, sharing: 'locked' },
    ],
    elsewhere: /Dir::(?:Cache|State)/,
    offline: /\s--(?:no-download|download-only)\b/,
    isSystem: true,
    look: 'look at apt-get in images that are made from this one: it keeps its packages there, too, without docker-clean',
  },
  {
    name: 'apk',
    programs: ['apk'],
    downloads: verbs(/^(?:add|upgrade)\b/),
    cleans: (words) => /^apk cache (?:clean|purge)$/.test(words),
    // apk keeps packages only where this folder, or a link of that name, is there.
    folders: () => [{ target: '/etc/apk/cache', sharing: 'locked' }],
    off: ['--no-cache'],
    instead: (script) => (APK_UPDATES.test(script) ? undefined : '--update-cache'),
    elsewhere: /--cache-dir|\bapk\b[^&;|\n]*\s(?:-p|--root)[\s=]/,
    isSystem: true,
    cleaned: ['/var/cache/apk'],
    look: 'an old BuildKit leaves the empty folder /etc/apk/cache, into which a later apk puts its packages',
  },
  {
    name: 'dnf',
    programs: ['dnf', 'yum'],
    downloads: (invocation) =>
      /^(?:dnf[45]?|yum)$/.test(invocation.program) &&
      verbs(/^(?:install|reinstall|groupinstall|localinstall|update|upgrade|makecache|builddep)\b/)(invocation),
    cleans: (words) => /^(?:dnf[45]?|yum) clean \w+$/.test(words),
    folders: rpmFolders,
    elsewhere: /--installroot|cachedir|--downloaddir|keepcache/,
    offline: /\b(?:dnf[45]?|yum)\b[^&;|\n]*\s(?:-C|--cacheonly)(?=\s|$)/,
    isSystem: true,
    cleaned: ['/var/cache/dnf', '/var/cache/yum', '/var/cache/libdnf5'],
    look: 'only the lists of packages are kept unless dnf.conf or `--setopt=keepcache=1` says more',
  },
  {
    name: 'pip',
    programs: ['pip'],
    downloads: verbs(/^(?:install|wheel|download)\b/),
    cleans: (words) => /^(?:pip[0-9.]*|python[0-9.]* -m pip) cache purge$/.test(words),
    folders: at([
      ['PIP_CACHE_DIR', ''],
      ['XDG_CACHE_HOME', '/pip'],
      ['HOME', '/.cache/pip'],
    ]),
    off: ['--no-cache-dir', '--no-cache'],
    offVariables: ['PIP_NO_CACHE_DIR'],
    elsewhere: /--cache-dir|config\s+set\s+(?:global|install|user)\.(?:no-)?cache-dir/,
  },
  {
    name: 'uv',
    programs: ['uv'],
    downloads: verbs(/^(?:sync|add|lock|run|pip (?:install|sync|compile)|tool install)\b/),
    cleans: (words) => /^uv cache (?:clean|prune)(?: --ci)?$/.test(words),
    folders: at([
      ['UV_CACHE_DIR', ''],
      ['XDG_CACHE_HOME', '/uv'],
      ['HOME', '/.cache/uv'],
    ]),
    off: ['--no-cache', '--no-cache-dir', '-n'],
    offVariables: ['UV_NO_CACHE', 'UV_OFFLINE'],
    elsewhere:
      /--cache-dir|UV_LINK_MODE[\s=]*["']?(?:symlink|hardlink|clone)|--link-mode[\s=](?:symlink|hardlink|clone)/,
    offline: /\s--offline\b/,
    look: 'set UV_LINK_MODE=copy, since uv warns that it cannot link files out of a mount',
  },
  {
    name: 'poetry',
    programs: ['poetry'],
    downloads: verbs(/^(?:install|sync|add|update|lock)\b/),
    cleans: (words) => /^poetry cache clear /.test(words),
    folders: (place) =>
      at(
        [
          ['POETRY_CACHE_DIR', ''],
          ['XDG_CACHE_HOME', '/pypoetry'],
          ['HOME', '/.cache/pypoetry'],
        ],
        POETRY_ENVIRONMENTS_ELSEWHERE.test(place.text) ? {} : { below: ['/cache', '/artifacts'] },
      )(place),
    off: ['--no-cache'],
    offVariables: ['POETRY_NO_CACHE'],
    elsewhere: /config\s+(?:--\S+\s+)*cache-dir|virtualenvs\.path|VIRTUALENVS_PATH/,
  },
  {
    name: 'npm',
    programs: ['npm'],
    downloads: verbs(/^(?:install|i|add|in|ins|isntall|ci|clean-install|ic|install-clean|update|up|upgrade)\b/),
    cleans: (words) => /^npm cache (?:clean|clear|rm|verify)(?: --force| -f)?$/.test(words),
    folders: at([
      ['npm_config_cache', ''],
      ['NPM_CONFIG_CACHE', ''],
      ['HOME', '/.npm'],
    ]),
    elsewhere: /\bnpm\b[^&;|\n]*\s--cache[\s=]|config\s+set\s+(?:-g\s+)?cache\b/,
    offline: /\bnpm\b[^&;|\n]*\s--offline\b/,
  },
  {
    name: 'yarn',
    programs: ['yarn'],
    downloads: verbs(/^(?:install|add|global add|upgrade)?$|^(?:install|add|global add|upgrade) /),
    cleans: (words) => /^yarn cache clean(?: --all| --force)?$/.test(words),
    folders: (place) =>
      YARN_BERRY.test(place.text)
        ? { reason: 'later-use', detail: 'Yarn 2 and later may run the program from its cache' }
        : at(
            [
              ['YARN_CACHE_FOLDER', ''],
              ['XDG_CACHE_HOME', '/yarn'],
              // The first version takes root for the whole machine.
              ['@root', '/usr/local/share/.cache/yarn'],
              ['HOME', '/.cache/yarn'],
            ],
            { sharing: 'locked' },
          )(place),
    offVariables: ['YARN_GLOBAL_FOLDER'],
    elsewhere: /--cache-folder|config\s+set\s+cache-folder|--global-folder/,
    offline: /\byarn\b[^&;|\n]*\s--offline\b/,
    look: 'assumes Yarn 1: a later one keeps its downloads elsewhere',
  },
  {
    name: 'pnpm',
    programs: ['pnpm'],
    downloads: verbs(/^(?:install|i|add|ci|fetch|update|up|upgrade)\b/),
    cleans: (words) => /^pnpm store prune$/.test(words),
    folders: (place) => {
      const folder = /\bpnpm\s+config\s+(?:-g\s+)?set\s+store-dir[\s=]+(\/[\w./-]+)/.exec(place.text)?.[1];
      return folder !== undefined
        ? [{ target: folder }]
        : at([
            ['npm_config_store_dir', ''],
            ['PNPM_HOME', '/store'],
            ['XDG_DATA_HOME', '/pnpm/store'],
            ['HOME', '/.local/share/pnpm/store'],
          ])(place);
    },
    elsewhere: /--store-dir|package-import-method|config\s+(?:-g\s+)?set\s+store-dir[\s=]+[^/\s]/,
    offline: /\bpnpm\b[^&;|\n]*\s--offline\b/,
    look: 'look for store-dir in .npmrc and pnpm-workspace.yaml, which may put the store elsewhere',
  },
  {
    name: 'bun',
    programs: ['bun'],
    downloads: verbs(/^(?:install|i|add|a|ci|update)\b/),
    cleans: (words) => /^bun pm cache rm$/.test(words),
    folders: at([
      ['BUN_INSTALL_CACHE_DIR', ''],
      ['BUN_INSTALL', '/install/cache'],
      ['HOME', '/.bun/install/cache'],
    ]),
    off: ['--no-cache'],
    elsewhere: /--cache-dir|--backend[\s=](?:symlink|hardlink)/,
  },
  {
    name: 'go',
    programs: ['go'],
    downloads: verbs(/^(?:build|install|get|test|run|generate|vet|list|mod (?:download|tidy|vendor|verify))\b/),
    cleans: (words) => /^go clean(?: -(?:mod|test|fuzz)?cache)+$/.test(words),
    folders: (place) => {
      // Without modules, and before Go kept what it built.
      if (place.image === 'golang' && /^1\.(?:\d|10)(?:\D|$)/.test(place.tag)) return [];
      const isVendored = /-mod[= ]vendor/.test(place.script);
      const isDownload = !/\bgo\s+(?!(?:mod|env|version)\b)\w/.test(place.script);
      const modules = isVendored ? [] : GO_MODULES(place);
      const builds = isDownload ? [] : GO_BUILDS(place);
      return 'reason' in modules ? modules : 'reason' in builds ? builds : [...modules, ...builds];
    },
    elsewhere: /go\s+env\s+-w\s+(?:GOMODCACHE|GOPATH|GOCACHE)/,
    offline: /GOPROXY[= ]"?off\b/,
    isStore: true,
    standsAlone: ({ args: [verb, ...words] }) =>
      verb?.value === 'install' && words.some(({ text }) => /^[\w.-]+\.\w+\/\S+@/.test(text)),
  },
  {
    name: 'cargo',
    programs: ['cargo'],
    downloads: verbs(/^(?:build|b|fetch|install|test|t|check|c|run|r|update|vendor|chef (?:cook|prepare))\b/),
    folders: at(
      [
        ['CARGO_HOME', ''],
        ['@rust', '/usr/local/cargo'],
        ['HOME', '/.cargo'],
      ],
      { below: ['/registry', '/git'] },
    ),
    offline: /\bcargo\b[^&;|\n]*\s--(?:offline|frozen)\b|CARGO_NET_OFFLINE/,
    isStore: true,
    standsAlone: ({ args: [verb, ...words] }) =>
      verb?.value === 'install' && !words.some(({ text }) => text.startsWith('--path')),
  },
  {
    name: 'maven',
    programs: ['mvn', 'mvnw'],
    downloads: (invocation) => !invocation.args.some(({ text }) => /^(?:-v|--version|-h|--help)$/.test(text)),
    folders: (place) =>
      // What else is in the folder, such as settings.xml, would be hidden.
      at(
        [
          // Java does not look at HOME.
          ['@root', '/root'],
          ['HOME', ''],
        ],
        {
          sharing: 'locked',
          below: [/\.m2\b/.test(place.text) ? '/.m2/repository' : '/.m2'],
        },
      )(place),
    elsewhere: /maven\.repo\.local|-Duser\.home/,
    offline: /\bmvnw?\b[^&;|\n]*\s(?:-\w*o|--offline)\b/,
    isStore: true,
    leaves: /\bmvnw?\b[^&;|\n]*\sinstall\b/,
  },
  {
    name: 'gradle',
    programs: ['gradle', 'gradlew'],
    downloads: (invocation) => !invocation.args.some(({ text }) => /^(?:-v|--version|-h|--help)$/.test(text)),
    folders: at(
      [
        ['GRADLE_USER_HOME', ''],
        ['@gradle', '/home/gradle/.gradle'],
        ['@root', '/root/.gradle'],
        ['HOME', '/.gradle'],
      ],
      { sharing: 'locked' },
    ),
    elsewhere: /\bgradlew?\b[^&;|\n]*\s(?:-g|--gradle-user-home)[\s=]|-Dgradle\.user\.home|-Duser\.home/,
    offline: /\bgradlew?\b[^&;|\n]*\s--offline\b/,
    isStore: true,
  },
  {
    name: 'composer',
    programs: ['composer'],
    downloads: verbs(/^(?:install|i|update|u|upgrade|require|r|create-project|global (?:require|install|update))\b/),
    cleans: (words) => /^composer (?:clear-cache|clearcache|cc)$/.test(words),
    folders: at([
      ['COMPOSER_CACHE_DIR', ''],
      ['COMPOSER_HOME', '/cache'],
      ['@composer', '/tmp/cache'],
      // Composer takes this folder wherever it is there.
      ['HOME', '/.composer/cache'],
    ]),
    off: ['--no-cache'],
    elsewhere: /config\s+(?:-\S+\s+)*cache-(?:files-)?dir/,
  },
  {
    name: 'bundler',
    programs: ['bundle', 'bundler'],
    downloads: verbs(/^(?:install|update|add)?$|^(?:install|update|add) /),
    // GEM_HOME itself holds what is installed.
    folders: at([
      ['GEM_HOME', '/cache'],
      ['@ruby', '/usr/local/bundle/cache'],
    ]),
    offVariables: ['BUNDLE_PATH', 'BUNDLE_DEPLOYMENT', 'BUNDLE_CACHE_PATH'],
    elsewhere: /--path\b|--deployment|config\s+(?:set\s+)?(?:--\S+\s+)*(?:path|deployment|cache_path)\b/,
    offline: /\bbundle\b[^&;|\n]*\s--local\b/,
  },
  {
    name: 'nuget',
    programs: ['dotnet'],
    downloads: verbs(/^(?:restore|build|publish|test|pack|run|add \S+ ?package)\b/),
    cleans: (words) => /^dotnet nuget locals \S+ (?:--clear|-c)$/.test(words),
    folders: at([
      ['NUGET_PACKAGES', ''],
      ['HOME', '/.nuget/packages'],
    ]),
    elsewhere: /\s--packages[\s=]|RestorePackagesPath/,
    offline: /\s--no-(?:restore|build)\b/,
    isStore: true,
  },
];

/** The program whose cache a command fills. */
export function cacheProgramOf(invocation: Invocation): CacheProgram | undefined {
  const name = /^python[0-9.]*$/.test(invocation.program) ? undefined : invocation.program;
  return CACHE_PROGRAMS.find(
    ({ name: own, programs, downloads }) =>
      (own === 'pip'
        ? packageCommandOf(invocation)?.manager === 'pip'
        : own === 'dnf' || programs.some((program) => program === name)) && downloads(invocation),
  );
}
