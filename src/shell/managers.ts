/** What a package manager's subcommand does, as far as a rewrite cares. */
export type PackageAction = 'install' | 'update' | 'upgrade' | 'remove' | 'clean' | 'other';

/** The package managers that dfix knows. */
export type ManagerName =
  | 'apt-get'
  | 'apt'
  | 'apk'
  | 'yum'
  | 'dnf'
  | 'microdnf'
  | 'zypper'
  | 'pacman'
  | 'pip'
  | 'npm'
  | 'yarn'
  | 'pnpm'
  | 'bun'
  | 'gem'
  | 'bundle'
  | 'composer'
  | 'go'
  | 'cargo'
  | 'conda';

export interface PackageManager {
  readonly name: ManagerName;
  /** Options, before or after the subcommand, that take the next word as their value. */
  readonly valueFlags: ReadonlySet<string>;
  readonly actions: Readonly<Record<string, PackageAction>>;
  /** What the program does without a subcommand: `yarn` installs. */
  readonly defaultAction?: PackageAction;
  /** Short options may be written together: `-qqy`. */
  readonly clusters: boolean;
  /** For a program whose subcommand is an option, such as `-Syu`: what options and operands come to. */
  readonly actionOf?: (options: ReadonlySet<string>, operands: number) => PackageAction;
}

function manager(
  name: ManagerName,
  valueFlags: string,
  actions: Partial<Record<PackageAction, string>>,
  more: Partial<Pick<PackageManager, 'defaultAction' | 'clusters' | 'actionOf'>> = {},
): PackageManager {
  const byWord: Record<string, PackageAction> = {};
  for (const [action, words] of Object.entries(actions)) {
    for (const word of words.split(' ')) byWord[word] = action as PackageAction;
  }
  return {
    name,
    valueFlags: new Set(valueFlags.split(' ')),
    actions: byWord,
    ...more,
    clusters: more.clusters ?? true,
  };
}

/** pacman(8): the operation is a capital letter, and what it does depends on the letters beside it. */
function pacmanAction(options: ReadonlySet<string>, operands: number): PackageAction {
  const has = (...names: readonly string[]): boolean => names.some((name) => options.has(name));
  if (has('-h', '--help', '-p', '--print')) return 'other';
  if (has('-R', '--remove')) return 'remove';
  if (has('-U', '--upgrade')) return 'install';
  if (!has('-S', '--sync')) return 'other';
  if (has('-c', '--clean')) return 'clean';
  if (has('-g', '--groups', '-i', '--info', '-l', '--list', '-s', '--search')) return 'other';
  if (has('-u', '--sysupgrade')) return 'upgrade';
  if (operands > 0) return 'install';
  return has('-y', '--refresh') ? 'update' : 'other';
}

/** Sources: apt-get(8), with the long forms of the same options. */
const APT_FLAGS =
  '-o --option -c --config-file -t --target-release --default-release -a --host-architecture -P --build-profiles --with-source';
const APT_ACTIONS = {
  install: 'install reinstall satisfy build-dep',
  update: 'update',
  upgrade: 'upgrade dist-upgrade full-upgrade dselect-upgrade',
  remove: 'remove purge autoremove autopurge',
  clean: 'clean autoclean distclean dist-clean auto-clean',
} as const;

/** Sources: dnf(8), dnf command reference; yum takes the same. */
const RPM_FLAGS =
  '-c --config --installroot --releasever --setopt --enablerepo --disablerepo --repo --repoid -x --exclude --excludepkgs --disableplugin --enableplugin --forcearch --comment -d --debuglevel -e --errorlevel -R --randomwait --advisory --destdir --downloaddir --rpmverbosity';
const RPM_ACTIONS = {
  install: 'install groupinstall localinstall reinstall in',
  update: 'makecache check-update',
  upgrade: 'update upgrade distro-sync dup up upgrade-minimal',
  remove: 'remove erase autoremove rm groupremove',
  clean: 'clean',
} as const;

/**
 * The managers that dfix reads, with the options that take a value and what their subcommands do. The options were
 * checked with each manager's manual: apt-get(8), apk(8), dnf(8), zypper(8), pacman(8), `pip install --help`, npm's config
 * page, yarn's, pnpm's, bun's, gem's, bundler's, composer's, go's and cargo's command references.
 */
const MANAGERS: readonly PackageManager[] = [
  manager('apt-get', APT_FLAGS, APT_ACTIONS),
  manager('apt', APT_FLAGS, APT_ACTIONS),
  manager(
    'apk',
    '-t --virtual -p --root -X --repository --repositories-file --keys-dir --cache-dir --cache-max-age --arch --wait --timeout --progress-fd',
    {
      install: 'add',
      update: 'update',
      upgrade: 'upgrade',
      remove: 'del',
      other: 'fix cache fetch info search policy',
    },
  ),
  manager('yum', RPM_FLAGS, RPM_ACTIONS),
  manager('dnf', RPM_FLAGS, RPM_ACTIONS),
  manager('microdnf', RPM_FLAGS, RPM_ACTIONS),
  manager(
    'zypper',
    '-r --repo --from -t --type --root -R --installroot --releasever --config -c -D --reposd-dir -C --cache-dir -p --plus-repo --raw-cache-dir --solv-cache-dir --pkg-cache-dir',
    {
      install: 'install in',
      update: 'refresh ref',
      upgrade: 'update up dist-upgrade dup patch',
      remove: 'remove rm',
      clean: 'clean cc',
      other: 'addrepo ar modifyrepo mr removerepo rr',
    },
  ),
  manager(
    'pacman',
    '-b --dbpath -r --root --arch --cachedir --config --gpgdir --hookdir --logfile --sysroot --color --ignore --ignoregroup --assume-installed --overwrite --print-format',
    {},
    { actionOf: pacmanAction },
  ),
  manager(
    'pip',
    '-r --requirement -c --constraint -e --editable -t --target --platform --python-version --implementation --abi --root --prefix --src --upgrade-strategy -C --config-settings --config-setting --global-option --install-option --build-option --no-binary --only-binary --progress-bar --root-user-action --report -i --index-url --pypi-url --extra-index-url -f --find-links --python --log --keyring-provider --proxy --retries --timeout --exists-action --trusted-host --cert --client-cert --cache-dir --use-feature --use-deprecated --group',
    { install: 'install', remove: 'uninstall', other: 'download wheel freeze list show config cache check' },
  ),
  manager(
    'npm',
    '--access --audit-level --before --ca --cache --cafile --call -c --cert --cpu --depth --fetch-retries --fetch-retry-factor --fetch-retry-maxtimeout --fetch-retry-mintimeout --fetch-timeout --git --globalconfig --https-proxy --include --install-strategy --key --libc --location -L --lockfile-version --loglevel --logs-dir --maxsockets --node-options --noproxy --omit --only --also --os --prefix -C --proxy --registry --scope --script-shell --tag --userconfig --workspace -w --user-agent',
    {
      install:
        'install i add in ins inst insta instal isnt isnta isntal isntall ci clean-install ic install-clean isntall-clean',
      upgrade: 'update up upgrade udpate',
      remove: 'uninstall un unlink remove rm r prune',
      clean: 'cache',
    },
    { clusters: false },
  ),
  manager(
    'yarn',
    '--cache-folder --modules-folder --cwd --registry --mutex --network-timeout --network-concurrency --preferred-cache-folder --proxy --https-proxy --use-yarnrc --otp --global-folder --link-folder --prefix --scripts-prepend-node-path --emoji --mode',
    { install: 'install add', upgrade: 'upgrade up', remove: 'remove', clean: 'cache' },
    { defaultAction: 'install', clusters: false },
  ),
  manager(
    'pnpm',
    '-C --dir --filter -F --store-dir --modules-dir --virtual-store-dir --lockfile-dir --registry --reporter --node-linker --package-import-method --network-concurrency --child-concurrency --loglevel --cpu --os --libc --filter-prod --hoist-pattern --public-hoist-pattern --use-node-version --global-dir --fetch-timeout --fetch-retries',
    {
      install: 'install i add ci fetch',
      upgrade: 'update up upgrade',
      remove: 'remove rm uninstall un prune',
      other: 'store run exec dlx deploy',
    },
    { clusters: false },
  ),
  manager(
    'bun',
    '--cwd --registry --cache-dir -c --config --backend --omit --filter --ca --cafile --linker --network-concurrency --concurrent-scripts --cpu --os',
    { install: 'install i add a ci', upgrade: 'update', remove: 'remove rm', other: 'run x pm build' },
    { clusters: false },
  ),
  manager(
    'gem',
    '-v --version -i --install-dir -n --bindir -s --source -p --http-proxy -P --trust-policy --platform -g --file --without -B --bulk-threshold --target-rbconfig',
    { install: 'install i', upgrade: 'update', remove: 'uninstall', clean: 'cleanup' },
  ),
  manager(
    'bundle',
    '--gemfile -j --jobs --path --retry --binstubs --shebang --trust-policy --target-rbconfig',
    { install: 'install add', upgrade: 'update', remove: 'remove', clean: 'clean', other: 'config exec cache package' },
    { defaultAction: 'install' },
  ),
  manager(
    'composer',
    '-d --working-dir --prefer-install --ignore-platform-req --apcu-autoloader-prefix --audit-format --stability -s --repository',
    {
      install: 'install i require r create-project',
      upgrade: 'update u upgrade',
      remove: 'remove rm',
      clean: 'clear-cache clearcache cc',
    },
  ),
  manager(
    'go',
    '-o -C -p -mod -modfile -ldflags -gcflags -asmflags -tags -buildmode -buildvcs -overlay -pkgdir -toolexec -compiler -exec -run -count -timeout -installsuffix -pgo -covermode -coverpkg',
    { install: 'install get', clean: 'clean', other: 'build test mod run generate vet list env version' },
    { clusters: false },
  ),
  manager(
    'cargo',
    '-p --package --exclude --bin --example --test --bench -F --features --profile --target --target-dir --manifest-path -j --jobs --message-format --color --config -Z -C --path --git --branch --tag --rev --version --vers --root --registry --index --artifact-dir --lockfile-path',
    { install: 'install fetch', upgrade: 'update', clean: 'clean', other: 'build b test t check c run r chef vendor' },
  ),
  manager(
    'conda',
    '-n --name -p --prefix -c --channel -f --file --solver --revision --platform --subdir --repodata-fn',
    {
      install: 'install create',
      upgrade: 'update upgrade',
      remove: 'remove uninstall',
      clean: 'clean',
      other: 'env config run init activate',
    },
  ),
];

/** What managers are called besides their names. */
const ALIASES: Partial<Readonly<Record<ManagerName, readonly string[]>>> = {
  yum: ['dnf4', 'dnf5', 'tdnf'],
  bundle: ['bundler'],
  conda: ['mamba', 'micromamba'],
  yarn: ['yarnpkg'],
};

/** The programs that are read as a manager; those of pip with a version are not among them. */
export function aliasesOf(name: ManagerName): readonly string[] {
  return [name, ...(ALIASES[name] ?? [])];
}

const BY_PROGRAM: ReadonlyMap<string, PackageManager> = new Map(
  MANAGERS.flatMap((entry) => aliasesOf(entry.name).map((program) => [program, entry] as const)),
);

/** The manager that a program name means; `pip3.11` is pip. */
export function managerOf(program: string): PackageManager | undefined {
  return BY_PROGRAM.get(program) ?? (/^pip[0-9.]*$/.test(program) ? BY_PROGRAM.get('pip') : undefined);
}
