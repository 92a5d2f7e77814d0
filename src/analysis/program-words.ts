import type { InstructionParts } from '../dockerfile/instruction.js';
import { aliasesOf, type ManagerName } from '../shell/managers.js';
import { remembered } from '../text/remembered.js';
import { keysOf } from '../text/table.js';

/**
 * The programs that transforms look for, to leave scripts alone that name none of them. Every version of pip counts as
 * `pip`, `dnf4` and `dnf5` as `dnf`, and `yarnpkg` as `yarn`.
 */
export const PROGRAMS = [
  'apk',
  'apt',
  'apt-get',
  'bun',
  'bundle',
  'bundler',
  'cargo',
  'cat',
  'cd',
  'chmod',
  'chown',
  'chpasswd',
  'composer',
  'conda',
  'cp',
  'curl',
  'dnf',
  'dotnet',
  'echo',
  'export',
  'free',
  'gem',
  'git',
  'go',
  'gpg',
  'gpg2',
  'gradle',
  'gradlew',
  'ifconfig',
  'kill',
  'ln',
  'mamba',
  'microdnf',
  'micromamba',
  'mount',
  'mv',
  'mvn',
  'mvnw',
  'npm',
  'pacman',
  'passwd',
  'pip',
  'pnpm',
  'poetry',
  'ps',
  'rm',
  'rpm',
  'service',
  'shutdown',
  'ssh',
  'sudo',
  'tar',
  'tdnf',
  'top',
  'unzip',
  'useradd',
  'usermod',
  'uv',
  'vim',
  'wget',
  'yarn',
  'yum',
  'yum-config-manager',
  'zypper',
] as const;

/** One of `PROGRAMS`. */
export type Program = (typeof PROGRAMS)[number];

/** How programs with several names are written. */
const SPELLINGS: Partial<Readonly<Record<Program, string>>> = {
  dnf: 'dnf[45]?',
  pip: 'pip[0-9.]*',
  yarn: 'yarn(?:pkg)?',
};

const WORDS = new RegExp(`\\b(?:${PROGRAMS.map((name) => SPELLINGS[name] ?? name).join('|')})(?![\\w-])`, 'g');

/** The programs that a text names, be it as an argument or in a string. */
export function programsIn(text: string): readonly Program[] {
  const found = new Set<Program>();
  for (const [word] of text.matchAll(WORDS)) found.add(programCalled(word));
  return [...found];
}

const NAMES: ReadonlySet<string> = new Set(PROGRAMS);
const SPELLED = keysOf(SPELLINGS).map((name) => [name, new RegExp(`^(?:${SPELLINGS[name] ?? name})$`)] as const);

function programCalled(word: string): Program {
  const [name] = NAMES.has(word) ? [] : (SPELLED.find(([, spelling]) => spelling.test(word)) ?? []);
  // What is not spelled otherwise is one of them: `WORDS` matches nothing else.
  return name ?? (word as Program);
}

/** The programs that a script names which calls one of these package managers. */
export function callersOf(managers: readonly ManagerName[]): readonly Program[] {
  return [...new Set(managers.flatMap((name) => programsIn(aliasesOf(name).join(' '))))];
}

/** The programs that the joined text of an instruction names. */
export const programsOf = remembered(({ text }: InstructionParts) => programsIn(text));
