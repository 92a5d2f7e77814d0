import { isRecord, property } from '../../context/build-context.js';
import { hasOption, packageCommandOf } from '../../shell/packages.js';
import { imagePath, type ImageView } from '../copies.js';
import {
  type Guess,
  type Installation,
  type InstallReader,
  lineOf,
  missing,
  type Obstacle,
  type Reads,
  ReadsBuilder,
  readsSources,
} from './installation.js';

/** Scripts of composer that run at the end of `composer install`. Source: getcomposer.org, "Scripts". */
const COMPOSER_EVENTS =
  /^(?:(?:pre|post)-(?:install-cmd|autoload-dump|package-install|file-download|operations-exec|pool-create|command-run)|init|command)$/;

/** Settings of plugins that read or write files beside the packages. */
const COMPOSER_PLUGINS = ['patches', 'patches-file', 'composer-patches', 'merge-plugin', 'drupal-scaffold'];

const COMPOSER_GUESS: Guess = {
  files: ['composer.*'],
  assumption: 'assumes that composer.json names no local repository',
};

export const readComposerInstall: InstallReader = (invocation, workdir): Installation | undefined => {
  const command = packageCommandOf(invocation);
  const verb = command?.subcommand?.value;
  if (command?.manager !== 'composer' || (verb !== 'install' && verb !== 'i')) return undefined;
  if (command.isDynamic || command.operands.length > 0) return undefined;
  const where = command.options.find(({ name }) => name === '-d' || name === '--working-dir');
  const folder = where === undefined ? workdir : imagePath(workdir, where.value ?? '');
  const isBare = hasOption(command, '--no-scripts') && hasOption(command, '--no-autoloader');
  const dropped =
    /^(?:--(?:no-scripts|no-autoloader|optimize-autoloader|classmap-authoritative|apcu-autoloader)|-[oa]+)$/;
  const flags = invocation.args.map((word) => word.text).filter((word) => word !== verb && !dropped.test(word));
  const hasScripts = !hasOption(command, '--no-scripts');
  const fetchReads = (view: ImageView): Reads | Obstacle => readsOfComposer(view, folder, true, false);
  return {
    ecosystem: 'php',
    label: `composer ${verb}`,
    folder,
    writes: [`${folder}/vendor`],
    reads: (view) => readsOfComposer(view, folder, isBare, hasScripts),
    ...(isBare
      ? { guess: COMPOSER_GUESS }
      : {
          fetch: {
            command: ['composer install --no-scripts --no-autoloader', ...flags].join(' '),
            writes: [`${folder}/vendor`],
            reads: fetchReads,
            guess: COMPOSER_GUESS,
            note: 'the packages are there when the command behind the COPY runs the scripts and writes the autoloader',
          },
        }),
  };
};

function readsOfComposer(view: ImageView, folder: string, isBare: boolean, hasScripts: boolean): Reads | Obstacle {
  const path = `${folder}/composer.json`;
  const reads = new ReadsBuilder(view);
  if (!reads.file(path)) return missing(path);
  for (const name of ['composer.lock', 'auth.json', 'symfony.lock']) reads.file(`${folder}/${name}`);
  const manifest = view.parse(path, 'json');
  if (!isRecord(manifest)) return readsSources('nobody can read composer.json');
  const repositories = property(manifest, 'repositories');
  const entries: readonly unknown[] = Array.isArray(repositories)
    ? repositories
    : isRecord(repositories)
      ? Object.values(repositories)
      : [];
  const local = entries.find((entry) => ['path', 'artifact'].includes(String(property(entry, 'type'))));
  if (local !== undefined)
    return readsSources(`composer.json: a repository of type "${String(property(local, 'type'))}"`);
  const extra = property(manifest, 'extra');
  const plugin = COMPOSER_PLUGINS.find((name) => property(extra, name) !== undefined);
  if (plugin !== undefined) return readsSources(`composer.json: "extra" sets up ${plugin}`);
  reads.file(`${folder}/patches.json`);
  const places = property(extra, 'installer-paths');
  const vendor = property(manifest, 'config', 'vendor-dir');
  for (const place of [
    ...(isRecord(places) ? Object.keys(places) : []),
    ...(typeof vendor === 'string' ? [vendor] : []),
  ])
    reads.write(imagePath(folder, place.replace(/\/?\{.*$/, '')));
  if (isBare) return reads.reads;
  const scripts = property(manifest, 'scripts');
  const event =
    hasScripts && isRecord(scripts) ? Object.keys(scripts).find((name) => COMPOSER_EVENTS.test(name)) : undefined;
  if (event !== undefined) return readsSources(`composer.json: "${event}" runs scripts of the application`);
  if (property(manifest, 'autoload') !== undefined || property(manifest, 'autoload-dev') !== undefined) {
    return readsSources('composer.json: the autoloader is made from the sources');
  }
  return reads.reads;
}

/** What a Gemfile may load besides itself. */
const RUBY_READS =
  /\b(?:eval_gemfile|instance_eval|require_relative|File\.|IO\.|Dir\b|Pathname|YAML\.|load\s|open\s*\(|system\b|exec\b)|`|%x|\brequire\s*\(?['"]\.|\bpath:|:path\s*=>|^\s*path\s|^\s*gemspec\b/;

export const readBundleInstall: InstallReader = (invocation, folder): Installation | undefined => {
  const command = packageCommandOf(invocation);
  if (command?.manager !== 'bundle' || command.action !== 'install' || command.subcommand?.value === 'add')
    return undefined;
  if (command.operands.length > 0 || hasOption(command, '--gemfile')) return undefined;
  if (invocation.command.assignments.some(({ name }) => name === 'BUNDLE_GEMFILE')) return undefined;
  return {
    ecosystem: 'ruby',
    label: 'bundle install',
    folder,
    writes: [`${folder}/vendor/bundle`],
    reads: (view) => {
      const reads = new ReadsBuilder(view);
      const path = `${folder}/Gemfile`;
      if (!reads.file(path)) return missing(path);
      for (const name of ['Gemfile.lock', '.ruby-version', '.tool-versions', '.bundle/config'])
        reads.file(`${folder}/${name}`);
      reads.folder(`${folder}/vendor/cache`);
      const text = view.read(path);
      if (text === undefined) return readsSources('nobody can read Gemfile');
      for (const line of text.split('\n')) {
        const code = line.replace(/#.*$/, '').replace(/\bfile:\s*['"]\.(?:ruby|tool)-versions?['"]/, '');
        if (RUBY_READS.test(code)) return readsSources(`Gemfile:${lineOf(text, line)}: ${line.trim()}`);
      }
      return reads.reads;
    },
    guess: { files: ['Gemfile*'], assumption: 'assumes that Gemfile names no gem by its path and loads no other file' },
  };
};

/** `mix deps.get` and its kin, alone or in `mix do`. */
export const readMixInstall: InstallReader = ({ program, args }, folder): Installation | undefined => {
  if (program !== 'mix') return undefined;
  const words = args.map((word) => word.value);
  const tasks = words[0] === 'do' ? words.slice(1) : words.slice(0, 1);
  const isDeps =
    tasks.length > 0 &&
    tasks.every(
      (word) =>
        word !== undefined && /^(?:deps\.(?:get|compile|update)|local\.(?:hex|rebar)|--\S+|\+|,)?,?$/.test(word),
    );
  if (!isDeps || !tasks.some((word) => word?.startsWith('deps.') === true)) return undefined;
  return {
    ecosystem: 'elixir',
    label: `mix ${tasks.join(' ')}`,
    folder,
    writes: [`${folder}/deps`, `${folder}/_build`],
    reads: (view) => {
      const reads = new ReadsBuilder(view);
      const path = `${folder}/mix.exs`;
      if (!reads.file(path)) return missing(path);
      reads.file(`${folder}/mix.lock`);
      reads.folder(`${folder}/config`);
      for (const file of view.below(`${folder}/config`)) {
        // Only the release reads it.
        if (file.endsWith('/runtime.exs')) continue;
        const other =
          /import_config[\s(]+"\.\..*|^[^#\n]*\b(?:File\.(?:read|stream)|Code\.\w+_file|System\.cmd).*/m.exec(
            view.read(file) ?? '',
          );
        if (other !== null) return readsSources(`${file.slice(folder.length + 1)}: ${other[0].trim()}`);
      }
      const text = view.read(path);
      if (text === undefined) return readsSources('nobody can read mix.exs');
      for (const line of text.split('\n')) {
        const code = line.replace(/#.*$/, '');
        if (
          /\bFile\.|\bCode\.|\bpath:|\b(?:apps|deps|build|config)_path:|\blockfile:|in_umbrella:\s*true|\bSystem\.(?:cmd|shell)/.test(
            code,
          )
        ) {
          return readsSources(`mix.exs:${lineOf(text, line)}: ${line.trim()}`);
        }
      }
      return reads.reads;
    },
    guess: {
      files: ['mix.exs', 'mix.lock*'],
      assumption: 'assumes that mix needs no configuration, and mix.exs loads no other file',
    },
  };
};
