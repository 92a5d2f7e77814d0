import type { Invocation } from '../../shell/invocation.js';
import { baseName } from '../../text/path.js';
import { imagePath, type ImageView } from '../copies.js';
import {
  type Installation,
  type InstallReader,
  missing,
  type Obstacle,
  type Reads,
  ReadsBuilder,
  readsSources,
} from './installation.js';

/** Maven and Gradle, as programs of the image or by the wrapper of the application. */
export const readJvmInstall: InstallReader = (invocation, folder): Installation | undefined => {
  const { program } = invocation;
  if (program === 'mvn' || program === 'mvnw') return readMaven(invocation, folder);
  if (program === 'gradle' || program === 'gradlew') return readGradle(invocation, folder);
  return undefined;
};

const BUILD_GOAL = /^(?:compile|test|package|verify|install|deploy|(?:spring-boot|quarkus|jib|native):\S+)$/;

const MAVEN_GUESS = {
  files: ['pom.xml'],
  assumption: 'assumes that pom.xml has no modules and no parent in the build context',
};

function readMaven({ program, programWord, args }: Invocation, workdir: string): Installation | undefined {
  const words = args.map((word) => word.text);
  const at = words.findIndex((word) => word === '-f' || word === '--file');
  const pom = imagePath(workdir, at === -1 ? 'pom.xml' : (args[at + 1]?.value ?? ''));
  const folder = pom.replace(/\/[^/]*$/, '');
  const isWrapper = program === 'mvnw';
  const readsOf = (view: ImageView): Reads | Obstacle => {
    const reads = new ReadsBuilder(view);
    if (isWrapper && !reads.file(imagePath(workdir, programWord.value ?? 'mvnw')))
      return missing(imagePath(workdir, 'mvnw'));
    reads.folder(`${workdir}/.mvn`);
    const settings = words.findIndex((word) => word === '-s' || word === '--settings');
    if (settings !== -1) reads.file(imagePath(workdir, words[settings + 1] ?? ''));
    return addPom(view, pom, reads) ?? reads.reads;
  };
  const label = isWrapper ? 'mvnw' : 'mvn';
  const isDownload = words.some((word) =>
    /dependency(?:-plugin:[\d.]+)?:(?:go-offline|resolve|resolve-plugins)/.test(word),
  );
  const guess = isWrapper ? {} : { guess: MAVEN_GUESS };
  if (isDownload) {
    const goals = words.filter((word) => /^[a-z][\w.-]*(?::[\w.-]+)*$/.test(word));
    const isAlone = goals.every((goal) => goal.includes('dependency') || goal === 'clean' || goal === workdir);
    return {
      ecosystem: 'maven',
      label: `${label} dependency:go-offline`,
      folder,
      writes: [],
      ...(isAlone ? { reads: readsOf, ...guess } : {}),
    };
  }
  const goal = words.findLast((word) => BUILD_GOAL.test(word));
  if (goal === undefined) return undefined;
  // What the command line chooses of repositories and profiles holds for the download, too.
  const kept: string[] = [];
  for (const [index, word] of words.entries()) {
    if (['-f', '--file', '-s', '--settings', '-P', '--activate-profiles'].includes(word))
      kept.push(word, words[index + 1] ?? '');
    else if (/^-P./.test(word)) kept.push(word);
  }
  return {
    ecosystem: 'maven',
    label: `${label} ${goal}`,
    folder,
    writes: [`${folder}/target`],
    fetch: {
      folder: workdir,
      command: [programWord.text, '-B', ...kept, 'dependency:go-offline'].join(' '),
      reads: readsOf,
      ...guess,
      note: 'plugins that name further artifacts of their own may still download in the build',
    },
  };
}

/** Adds a pom and the parents that it has in the build context. */
function addPom(view: ImageView, pom: string, reads: ReadsBuilder): Obstacle | undefined {
  if (!reads.file(pom)) return missing(pom);
  const text = view.read(pom)?.replace(/<!--.*?-->/gs, '');
  const name = baseName(pom);
  if (text === undefined) return readsSources(`nobody can read ${name}`);
  const module = /<module>\s*([^<]*?)\s*<\/module>/.exec(text)?.[1];
  // Without the artifacts of the modules, which only a build makes, those that need one another do not resolve.
  if (module !== undefined) return readsSources(`${name}: <module>${module}</module>`);
  const local = /<systemPath>\s*([^<]*?)\s*<\/systemPath>/.exec(text)?.[1];
  if (local !== undefined) return readsSources(`${name}: <systemPath>${local}</systemPath>`);
  const parent = /<parent>.*?<\/parent>/s.exec(text)?.[0];
  if (parent === undefined) return undefined;
  const relative = /<relativePath>\s*([^<]*?)\s*<\/relativePath>/.exec(parent)?.[1];
  if (relative === '' || (relative === undefined && /<relativePath\s*\/>/.test(parent))) return undefined;
  const folder = pom.slice(0, pom.lastIndexOf('/'));
  const path = imagePath(folder, relative ?? '../pom.xml');
  const file = path.endsWith('.xml') ? path : `${path}/pom.xml`;
  return view.has(file) ? readsSources(`${name}: its parent is ${relative ?? '../pom.xml'}`) : undefined;
}

const GRADLE_FILES = [
  'build.gradle',
  'build.gradle.kts',
  'settings.gradle',
  'settings.gradle.kts',
  'gradle.properties',
];

function readGradle({ program, programWord, args }: Invocation, folder: string): Installation | undefined {
  const words = args.map((word) => word.text);
  if (words.some((word) => word === '-p' || word === '--project-dir' || word.startsWith('--project-dir=')))
    return undefined;
  const isWrapper = program === 'gradlew';
  const readsOf = (view: ImageView): Reads | Obstacle => {
    const reads = new ReadsBuilder(view);
    if (isWrapper && !reads.file(imagePath(folder, programWord.value ?? 'gradlew')))
      return missing(`${folder}/gradlew`);
    const found = GRADLE_FILES.filter((name) => reads.file(`${folder}/${name}`));
    if (!found.some((name) => /^(?:build|settings)\./.test(name))) return missing(`${folder}/build.gradle`);
    reads.folder(`${folder}/gradle`);
    for (const name of ['buildSrc', 'build-logic']) {
      for (const path of view.below(`${folder}/${name}`)) return readsSources(path.slice(folder.length + 1));
    }
    for (const name of found) {
      const text = withoutComments(view.read(`${folder}/${name}`) ?? '');
      const other =
        /\b(?:apply\s*\(?\s*from\s*[:=]\s*\S+|includeBuild\s*\(?\s*\S+|rootProject\.file\s*\(\S+|(?:implementation|api|compile)\s*\(?\s*(?:files|fileTree)\s*\(.*)/.exec(
          text,
        );
      if (other !== null) return readsSources(`${name}: ${other[0].trim()}`);
      if (name.startsWith('settings.')) addProjects(folder, text, reads);
    }
    return reads.reads;
  };
  const tasks = words.filter((word) => !word.startsWith('-'));
  const label = `${isWrapper ? 'gradlew' : 'gradle'} ${tasks[0] ?? ''}`.trim();
  const base = { ecosystem: 'gradle', label, folder, writes: [`${folder}/.gradle`] } as const;
  if (tasks.length === 1 && tasks[0] === 'dependencies') return { ...base, writes: [], reads: readsOf };
  if (tasks.length === 0) return undefined;
  return {
    ...base,
    fetch: {
      command: `${programWord.text} --no-daemon dependencies`,
      reads: readsOf,
      note: 'the wrapper, the plugins and the metadata are downloaded; some archives still follow in the build',
    },
  };
}

/** The build files of the projects that the settings include. */
function addProjects(folder: string, settings: string, reads: ReadsBuilder): void {
  for (const match of settings.matchAll(/\binclude\s*\(?((?:\s*["'][^"']+["']\s*,?)+)/g)) {
    for (const name of match[1]?.matchAll(/["']([^"']+)["']/g) ?? []) {
      const project = `${folder}/${(name[1] ?? '').replace(/^:/, '').replaceAll(':', '/')}`;
      for (const file of GRADLE_FILES) reads.file(`${project}/${file}`);
    }
  }
}

function withoutComments(text: string): string {
  return text.replace(/\/\*.*?\*\//gs, '').replace(/^\s*\/\/.*$/gm, '');
}
