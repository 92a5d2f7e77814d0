import type { Dockerfile } from '../dockerfile/dockerfile.js';
import { rewrite, type RewriteResult } from '../rewrite.js';
import { secondReader } from '../second-reader.js';
import type { Fix, Transform } from '../transforms/transform.js';
import type { Fixture } from './fixture.js';

/** What a transform made of a text, alone and with everything that it can do. */
export interface RunAlone extends RewriteResult {
  /** All fixes that it proposed on the way, those that were not applied too. */
  readonly proposed: readonly Fix[];
  /** Whether it changed the file that it looked at in place. */
  readonly isInputChanged: boolean;
}

/** Runs a transform alone, its unsafe and optional fixes too, with what a fixture brings. */
export function runAlone(
  transform: Transform,
  text: string,
  { contexts = [], targets = [], params = new Map(), digests = new Map() }: Partial<Fixture> = {},
): RunAlone {
  const { name } = transform;
  const proposed: Fix[] = [];
  let isInputChanged = false;
  const watched: Transform = {
    ...transform,
    check: (subject) => {
      const before = contentOf(subject.dockerfile);
      const diagnostics = [...transform.check(subject)];
      if (contentOf(subject.dockerfile) !== before) isInputChanged = true;
      for (const diagnostic of diagnostics) if (diagnostic.kind === 'fix') proposed.push(diagnostic.fix);
      return diagnostics;
    },
  };
  const result = rewrite(text, {
    transforms: [watched],
    unsafe: true,
    named: new Set([name]),
    secondReader,
    contexts,
    targets,
    params: new Map([[name, params]]),
    digests,
  });
  return { ...result, proposed, isInputChanged };
}

/** What a transform could change of a file, as comparable text. */
function contentOf({ text, comments, instructions }: Dockerfile): string {
  return JSON.stringify([text, comments, instructions.map(({ source, logical }) => [source, logical.text])]);
}
