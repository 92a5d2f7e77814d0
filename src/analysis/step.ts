import type { Installation } from './installs/installation.js';

/** What a command of a script has to do with the files of the application. */
export type Step =
  /**
   * Nothing: it reads and writes other things. It is costly where it installs or downloads something, and inert where
   * it changes nothing at all.
   */
  | { readonly kind: 'free'; readonly isCostly?: boolean; readonly isInert?: boolean }
  /** Changes the folder, or the shell, for the commands behind it. */
  | { readonly kind: 'setting' }
  /** Works on these paths of the image, and nothing else: it only looks at them, or may bring files, or neither. */
  | {
      readonly kind: 'touches';
      readonly paths: readonly string[];
      readonly isCostly?: boolean;
      readonly onlyReads?: boolean;
      readonly bringsFiles?: boolean;
      readonly removesFiles?: boolean;
    }
  /** Installs dependencies. The words are those of the command, and the values that are set for it. */
  | { readonly kind: 'install'; readonly installation: Installation; readonly words: readonly string[] }
  /** May read anything. */
  | { readonly kind: 'other' };

export const FREE: Step = { kind: 'free' };
export const COSTLY: Step = { kind: 'free', isCostly: true };
export const INERT: Step = { kind: 'free', isInert: true };
export const SETTING: Step = { kind: 'setting' };
export const OTHER: Step = { kind: 'other' };

/** A step that touches these paths; free where there is none. */
export function touching(
  paths: readonly string[],
  more: { readonly bringsFiles?: boolean; readonly onlyReads?: boolean; readonly removesFiles?: boolean } = {},
): Step {
  return paths.length === 0 ? FREE : { kind: 'touches', paths, ...more };
}

/** What several commands have to do with the application together; undefined where one of them does more. */
export function together(steps: readonly Step[]): Step | undefined {
  const paths: string[] = [];
  let isCostly = false;
  let isInert = true;
  let onlyReads = true;
  let bringsFiles = false;
  let removesFiles = false;
  for (const step of steps) {
    if (step.kind !== 'free' && step.kind !== 'touches') return undefined;
    isCostly ||= step.isCostly === true;
    const looks = step.kind === 'free' ? step.isInert === true : step.onlyReads === true;
    isInert &&= looks;
    onlyReads &&= looks;
    if (step.kind === 'free') continue;
    paths.push(...step.paths);
    bringsFiles ||= step.bringsFiles === true;
    removesFiles ||= step.removesFiles === true;
  }
  return paths.length > 0
    ? { kind: 'touches', paths, isCostly, onlyReads, bringsFiles, removesFiles }
    : { kind: 'free', isCostly, isInert };
}
