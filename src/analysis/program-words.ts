import type { InstructionParts } from '../dockerfile/instruction.js';
import { remembered } from '../text/remembered.js';

/**
 * The programs that transforms look for, to leave scripts alone that name none of them. Every version of pip counts as
 * `pip`, and `dnf4` and `dnf5` as `dnf`.
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

/** How the names with a version are written. */
const VERSIONED: Partial<Readonly<Record<Program, string>>> = { dnf: 'dnf[45]?', pip: 'pip[0-9.]*' };

const WORDS = new RegExp(`\\b(?:${PROGRAMS.map((name) => VERSIONED[name] ?? name).join('|')})(?![\\w-])`, 'g');

/** The programs that a text names, be it as an argument or in a string. */
export function programsIn(text: string): readonly Program[] {
  const found = new Set<Program>();
  for (const [word] of text.matchAll(WORDS)) {
    // The expression matches nothing else.
    found.add((word.startsWith('pip') ? 'pip' : word.startsWith('dnf') ? 'dnf' : word) as Program);
  }
  return [...found];
}

/** The programs that the joined text of an instruction names. */
export const programsOf = remembered(({ text }: InstructionParts) => programsIn(text));
