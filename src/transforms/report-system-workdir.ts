import { normalizePath } from '../analysis/state.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { type Diagnostic, reported, type Transform } from './transform.js';

/** Folders of the system itself; what belongs to a program lies below them or elsewhere. */
const SYSTEM = /^\/(?:bin|boot|dev|etc|lib|lib64|proc|sbin|sys|usr|usr\/bin|usr\/lib|usr\/sbin)$|^\/(?:dev|proc|sys)\//;

/** What systemd needs as a volume, and says so. */
const CGROUP = '/sys/fs/cgroup';

/** Docker's own socket, by which a container rules the host. */
const SOCKET = /^(?:\/var)?\/run\/docker\.sock$/;

/**
 * Reports a WORKDIR or VOLUME on one of the system's own folders, and a volume on Docker's socket. What is written to
 * the working directory gets between the files of the system there, and a volume hides them.
 *
 * Safe because it changes nothing: where the files belong only a person knows.
 */
export const reportSystemWorkdir: Transform = {
  name: 'report-system-workdir',
  summary: "Reports working directories and volumes on the system's own folders",
  category: 'security',
  related: ['trivy:DS-0030', 'semgrep:dockerfile-dockerd-socket-mount', 'dockle:DKL-DI-0002'],
  reportsOnly: true,
  needsInstruction: ['WORKDIR', 'VOLUME'],
  *check({ dockerfile, analysis }): Iterable<Diagnostic> {
    for (const stage of dockerfile.stages) {
      if (analysis.baseOf(stage).family === 'windows') continue;
      for (const instruction of stage.instructions) {
        for (const { path, start, end } of foldersOf(instruction)) {
          const span = instruction.sourceSpan({ start, end });
          if (instruction.keyword === 'VOLUME' && SOCKET.test(path)) {
            const message = `a volume on \`${path}\` gives the container the host's Docker`;
            yield reported(span, message, 'Leave it to the one who runs the container');
          } else if (SYSTEM.test(path) && path !== CGROUP) {
            const message = `\`${path}\` is a folder of the system itself`;
            yield reported(span, message, 'Use a folder of your own, such as /app');
          }
        }
      }
    }
  },
};

interface Folder {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

/** The folders that WORKDIR or VOLUME names by an absolute path. */
function foldersOf(instruction: Instruction): readonly Folder[] {
  const { keyword } = instruction;
  if (keyword !== 'WORKDIR' && keyword !== 'VOLUME') return [];
  const { argumentsSpan, argumentsText, words } = instruction;
  const named = keyword === 'WORKDIR' ? [{ ...argumentsSpan, text: argumentsText }] : keyword === 'VOLUME' ? words : [];
  return named
    .map(({ start, end, text }) => ({ start, end, text: text.replace(/^(["'])(.*)\1$/, '$2') }))
    .filter(({ text }) => text.startsWith('/') && !text.includes('$'))
    .map(({ start, end, text }) => ({ start, end, path: normalizePath(text) }));
}
