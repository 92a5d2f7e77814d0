import type { Dockerfile } from '../dockerfile/dockerfile.js';
import type { Instruction } from '../dockerfile/instruction.js';

/** Whether the builder of a file has what came with a version of the Dockerfile frontend. */
export type FrontendSupport = 'proven' | 'missing' | 'unknown';

/**
 * The versions 1.x of docker/dockerfile that brought a feature. Source: the release notes at
 * https://docs.docker.com/build/dockerfile/release-notes/, read up to 1.19.
 */
export const FRONTEND = { mount: 2, chmod: 2, heredoc: 4, gitAddress: 6, unpack: 17 } as const;

/** Flags that a file can only have where its builder knows them, with the version that brought them. */
const FLAGS: Readonly<Record<string, number>> = {
  mount: FRONTEND.mount,
  chmod: FRONTEND.chmod,
  network: 3,
  link: 4,
  checksum: FRONTEND.gitAddress,
  'keep-git-dir': FRONTEND.gitAddress,
  unpack: FRONTEND.unpack,
};

const OFFICIAL = /^(?:docker\.io\/)?docker\/dockerfile(?:-upstream)?(?::([^@]*))?(@.*)?$/;

/**
 * What a file tells about its builder: the frontend that `# syntax=` asks for, else the features that it uses. The
 * builder of Docker up to 20, and Podman, know no frontend, so that nothing is known without either.
 */
export function frontendSupport(dockerfile: Dockerfile, minor: number): FrontendSupport {
  const syntax = dockerfile.directives.find(({ name }) => name === 'syntax');
  if (syntax !== undefined) {
    const [, tag = 'latest', digest] = OFFICIAL.exec(syntax.value) ?? [];
    const version = /^1\.(\d+)/.exec(tag)?.[1];
    if (version !== undefined) return Number(version) >= minor ? 'proven' : 'missing';
    // Tags that move are at the newest version, unless a digest holds them.
    const isNewest = OFFICIAL.test(syntax.value) && /^(?:1|labs|1-labs|latest)$/.test(tag) && digest === undefined;
    return isNewest ? 'proven' : 'unknown';
  }
  return dockerfile.instructions.some((outer) => versionOf(outer.trigger ?? outer) >= minor) ? 'proven' : 'unknown';
}

/** The version that an instruction cannot do without; 0 when any builder reads it. */
function versionOf({ heredocs, flags }: Instruction): number {
  return Math.max(heredocs.length > 0 ? FRONTEND.heredoc : 0, ...flags.map(({ name }) => FLAGS[name] ?? 0));
}
