import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { DockerfileParser } from 'dockerfile-ast';
import { Dockerfile } from '../src/dockerfile/dockerfile.js';
import { skeleton } from '../src/second-reader.js';
import { corpusFiles, describeWithCorpus, SHARED_CORPUS } from './harness/shared.js';

function boundaries(text: string): string {
  try {
    return DockerfileParser.parse(text)
      .getInstructions()
      .map((instruction) => `${instruction.getKeyword()}:${instruction.getRange().start.line}`)
      .join();
  } catch (error) {
    return `throws ${String(error)}`;
  }
}

test('a skeleton keeps the first word and the end of each line, and little of the lines in between', () => {
  const text =
    'RUN apt-get update && \\\n    apt-get install -y curl \\  \n    gnupg \\\n# a comment stays\n    git less\n';
  expect(skeleton(text, '\\')).toBe('RUN  \\\n     \\  \n     \\\n# a comment stays\n    git ss\n');
});

test('a file with a heredoc is read whole', () => {
  const text = 'RUN <<EOF\necho one two three\nEOF\n';
  expect(skeleton(text, '\\')).toBe(text);
});

describeWithCorpus('on real files', () => {
  test('the second reader sees the same boundaries in a skeleton as in the file', () => {
    // dockerfile-ast takes its time: every fifth file.
    const files = corpusFiles().filter((_, index) => index % 5 === 0);
    const different = files.filter((file) => {
      const text = readFileSync(join(SHARED_CORPUS, 'dockerfiles', file), 'utf8');
      return boundaries(text) !== boundaries(skeleton(text, Dockerfile.parse(text).escape));
    });
    expect(different).toEqual([]);
  });
});
