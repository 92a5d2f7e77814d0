import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { DockerfileParser } from 'dockerfile-ast';
import { Dockerfile } from '../src/dockerfile/dockerfile.js';
import { skeleton } from '../src/second-reader.js';
import { corpusFiles, describeWithCorpus, SHARED_CORPUS } from './harness/shared.js';

/** Where instructions begin in a text, with the words that stand there in a text of the same lines. */
function boundaries(text: string, lines: readonly string[]): string {
  try {
    return DockerfileParser.parse(text)
      .getInstructions()
      .map((instruction) => {
        const { line } = instruction.getRange().start;
        return `${/\S+/.exec(lines[line] ?? '')?.[0] ?? ''}:${line}`;
      })
      .join();
  } catch (error) {
    return `throws ${String(error)}`;
  }
}

test('a skeleton keeps where lines begin and end, and little in between', () => {
  const text =
    'RUN apt-get update && \\\n    apt-get install -y curl \\  \n    gnupg \\\n# a comment stays\n    git less\n';
  expect(skeleton(text, '\\')).toBe('USER  \\\n     \\  \n     \\\n# a comment stays\n    git ss\n');
});

test('of a file with a heredoc it keeps what may start or end one', () => {
  const text =
    'RUN --mount=type=cache,target=/a cat <<EOF > b && \\\n  echo one two \\\n  three\necho one two three\nEOF\nCOPY a b c\n';
  const short = 'RUN --mount=type=cache,target=/a cat <<EOF > b && \\\n   \\\n  three\necho ee\nEOF\nCOPY  c\n';
  expect(skeleton(text, '\\')).toBe(short);
});

describeWithCorpus('on real files', () => {
  test('the second reader sees the same boundaries in a skeleton as in the file', () => {
    const texts = corpusFiles().map((file) => readFileSync(join(SHARED_CORPUS, 'dockerfiles', file), 'utf8'));
    // dockerfile-ast takes its time: every fifth file, and those with what looks like a heredoc.
    const some = texts.filter((text, index) => index % 5 === 0 || text.includes('<<'));
    const different = some.filter((text) => {
      const lines = text.split('\n');
      return boundaries(text, lines) !== boundaries(skeleton(text, Dockerfile.parse(text).escape), lines);
    });
    expect(different).toEqual([]);
  });
});
