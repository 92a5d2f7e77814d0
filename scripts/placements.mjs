// Which files of a build context end up where in the final file system of each stage: written for itself, so that it
// checks what the transforms believe. It knows COPY and ADD of files and folders, and WORKDIR; nothing else.
import { posix } from 'node:path';

function logicalLines(text) {
  const lines = [];
  let current = '';
  for (const line of text.replace(/^\ufeff/, '').split(/\r?\n/)) {
    if (/^\s*#/.test(line) || (current !== '' && line.trim() === '')) continue;
    const match = /^(.*)\\[ \t]*$/.exec(line);
    if (match === null) {
      if ((current + line).trim() !== '') lines.push((current + line).trim());
      current = '';
    } else current += match[1];
  }
  return lines;
}

function matcher(pattern) {
  const source = pattern
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replace(/\*/g, '[^/]*')
    .replace(/\?/g, '[^/]');
  return new RegExp(`^${source}(?=/|$)`);
}

/** Where some base images start, as their documentation says; elsewhere it is a name of its own. */
const WORKDIRS = [
  [/^gradle:/, '/home/gradle'],
  [/^composer:/, '/app'],
  [/^php:.*(?:apache|fpm)/, '/var/www/html'],
  [/^golang:/, '/go'],
];

/** A map from the path in the image to the context's path and the line's order, for each stage. */
function stagesOf(text, context) {
  const stages = [];
  let stage;
  const variables = new Map();
  const expand = (word) => word.replace(/\$\{?(\w+)\}?/g, (whole, name) => variables.get(name) ?? whole);
  for (const line of logicalLines(text)) {
    const [keyword, ...rest] = line.split(/\s+/);
    const name = keyword.toUpperCase();
    if (name === 'FROM') {
      const [image, as, label] = rest.filter((word) => !word.startsWith('--'));
      const base = stages.find((other) => other.label === image);
      stage = {
        label: /^as$/i.test(as ?? '') ? label : undefined,
        workdir: base?.workdir ?? WORKDIRS.find(([name]) => name.test(image))?.[1] ?? `/?${image}`,
        files: new Map(base?.files ?? []),
        folders: new Set(base?.folders ?? []),
      };
      stages.push(stage);
    } else if (stage === undefined) {
      continue;
    } else if (name === 'ENV') {
      for (const [, key, value] of line.matchAll(/\b(\w+)=("[^"]*"|\S+)/g)) variables.set(key, value.replace(/"/g, ''));
    } else if (name === 'WORKDIR') {
      stage.workdir = posix.resolve(stage.workdir, expand(rest.join(' ').replace(/"/g, '')));
      stage.folders.add(stage.workdir);
    } else if ((name === 'COPY' || name === 'ADD') && !/--from=/.test(line)) {
      const flags = rest.filter((word) => word.startsWith('--'));
      const list = rest.join(' ').includes('[')
        ? JSON.parse(rest.join(' ').slice(rest.join(' ').indexOf('[')))
        : rest.filter((word) => !word.startsWith('--'));
      const words = list.map(expand);
      const target = words.pop();
      const place = posix.resolve(stage.workdir, target);
      const into =
        words.length > 1 || /\/$|^\.{0,2}$/.test(target) || stage.folders.has(place) || /[*?]/.test(words[0]);
      for (const word of words) {
        const source = posix.normalize(`/${word}`).replace(/^\//, '').replace(/\/$/, '');
        const test = matcher(source);
        for (const { path } of context.files) {
          if (source === '') stage.files.set(posix.join(place, path), { path, flags: flags.join(' ') });
          else {
            const found = test.exec(path)?.[0];
            if (found === undefined) continue;
            const inside = path.slice(found.length + 1);
            const image =
              inside !== '' ? posix.join(place, inside) : into ? posix.join(place, posix.basename(path)) : place;
            stage.files.set(image, { path, flags: flags.join(' ') });
          }
        }
      }
    }
  }
  return stages;
}

export const finalPlacements = {
  /** What is different in the final file systems of two texts. */
  compare(before, after, context) {
    const old = stagesOf(before, context);
    const now = stagesOf(after, context);
    if (old.length !== now.length) return ['another number of stages'];
    const found = [];
    for (const [index, stage] of old.entries()) {
      const other = now[index];
      for (const [image, { path, flags }] of stage.files) {
        const own = other.files.get(image);
        if (own?.path !== path || own.flags !== flags)
          found.push(`${image} is ${own?.path} ${own?.flags}, and was ${path} ${flags}`);
      }
      for (const [image, { path }] of other.files) if (!stage.files.has(image)) found.push(`${image} is new: ${path}`);
    }
    return found.slice(0, 3);
  },
};

/** What each installer reads in its folder, for a check that does not ask dfix. Of a list the first one must be there. */
const NEEDS = [
  [
    /\bnpm (?:ci|i|install)\b(?!.*(?: -g|--global))/,
    ['package.json'],
    ['package-lock.json', 'npm-shrinkwrap.json', '.npmrc'],
  ],
  [/\byarn(?: install)?(?: --\S+)*\s*(?:$|&&|;)/, ['package.json'], ['yarn.lock', '.yarnrc.yml', '.npmrc']],
  [
    /\bpnpm (?:i|install)\b(?!.*(?: -g|--global))/,
    ['package.json'],
    ['pnpm-lock.yaml', 'pnpm-workspace.yaml', '.npmrc'],
  ],
  [/\bpipenv (?:install|sync)\b/, ['Pipfile'], ['Pipfile.lock']],
  [/\b(?:poetry install|uv sync)\b/, ['pyproject.toml'], ['poetry.lock', 'uv.lock']],
  [/\bgo mod download\b/, ['go.mod'], ['go.sum']],
  [/\bcargo fetch\b/, ['Cargo.toml'], ['Cargo.lock']],
  [/\bmvnw? .*dependency:go-offline\b/, [], []],
  [/\bcomposer install\b(?!.*--working-dir)/, ['composer.json'], ['composer.lock']],
  [/\bbundle install\b/, ['Gemfile'], ['Gemfile.lock']],
  [/\bmix deps\.get\b/, ['mix.exs'], ['mix.lock']],
];

/**
 * The files that an installer would read and does not find when its RUN starts, though the image has them in the end.
 * Only for lines whose folder is the working directory or that of one `cd`.
 */
export function missingAtInstall(text, context) {
  const lines = logicalLines(text);
  const missing = [];
  const final = stagesOf(text, context);
  for (const [at, line] of lines.entries()) {
    if (!/^RUN\s/i.test(line)) continue;
    const before = stagesOf(lines.slice(0, at).join('\n'), context);
    const stage = before[before.length - 1];
    const end = final[before.length - 1];
    for (const [command, required, optional] of NEEDS) {
      if (!command.test(line)) continue;
      const folder = /\bcd ([\w./-]+)\s*(?:&&|;)/.exec(line)?.[1];
      const place = posix.resolve(stage.workdir, folder ?? '.');
      for (const name of [...required, ...optional]) {
        const path = posix.join(place, name);
        if (end.files.has(path) && !stage.files.has(path))
          missing.push(`line ${at + 1}: ${path} comes behind \`${line.slice(0, 60)}\``);
      }
    }
    const requirements = /\bpip3? install .*?-r ([\w./-]+)/.exec(line)?.[1];
    const path =
      requirements === undefined
        ? undefined
        : posix.resolve(stage.workdir, /\bcd ([\w./-]+)\s*(?:&&|;)/.exec(line)?.[1] ?? '.', requirements);
    if (path !== undefined && end.files.has(path) && !stage.files.has(path))
      missing.push(`line ${at + 1}: ${path} comes too late`);
  }
  return missing;
}
