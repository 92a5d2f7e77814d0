import { describe, expect, test } from '@jest/globals';
import { Dockerfile } from '../src/dockerfile/dockerfile.js';
import { parseImageReference } from '../src/dockerfile/image-reference.js';
import { MAX_LINE_BYTES } from '../src/dockerfile/scan.js';
import { findCopySource } from '../src/dockerfile/stage.js';
import { isTemplate } from '../src/dockerfile/template.js';
import { expandValue } from '../src/dockerfile/variables.js';

function problems(text: string): string[] {
  const dockerfile = Dockerfile.parse(text);
  return dockerfile.problems.map((problem) => {
    const { line, column } = dockerfile.positionAt(problem.start);
    return `${line}:${column} ${problem.kind}`;
  });
}

describe('bad input', () => {
  test.each([
    ['an empty file', '', ['1:1 no-instruction']],
    ['only comments', '# a\n# b\n', ['1:1 no-instruction']],
    ['no FROM', 'ARG A=1\n', ['1:1 no-stage']],
    ['an instruction before FROM', 'RUN x\nFROM a\n', ['1:1 outside-stage']],
    ['an unterminated heredoc', 'FROM a\n  RUN <<EOF\nx\n', ['2:3 unterminated-heredoc']],
    ['an unknown instruction', 'FROM a\nRNU x\n', ['2:1 unknown-instruction']],
    ['a bad escape directive', '# escape=x\nFROM a\n', ['1:1 invalid-escape']],
    ['a repeated directive', '# escape=`\n# escape=`\nFROM a\n', ['2:1 repeated-directive']],
    ['JSON with a number', 'FROM a\nCMD ["a", 1]\n', ['2:1 invalid-arguments']],
    ['a line above 64 KiB', `FROM a\nRUN ${'x'.repeat(MAX_LINE_BYTES)}\n`, ['2:1 line-too-long']],
  ])('%s', (_, text, expected) => {
    expect(problems(text)).toEqual(expected);
  });

  test('a line of 64 KiB less one byte is read', () => {
    expect(problems(`FROM a\nRUN ${'x'.repeat(MAX_LINE_BYTES - 6)}\n`)).toEqual([]);
    expect(problems(`FROM a\nRUN ${'x'.repeat(MAX_LINE_BYTES - 5)}\n`)).toEqual(['2:1 line-too-long']);
  });

  test('ten thousand instructions and a RUN of ten megabytes are read', () => {
    expect(Dockerfile.parse(`FROM a\n${'RUN x\n'.repeat(10_000)}`).instructions).toHaveLength(10_001);
    const long = `FROM a\nRUN echo \\\n${'    abcdefgh \\\n'.repeat(700_000)}    end\n`;
    expect(Dockerfile.parse(long).instructions).toHaveLength(2);
  });
});

test('spans and gaps make up the file', () => {
  const text = '\ufeff# c\r\nFROM a\r\nRUN x \\\r\n# in\r\n  y\r\n\r\n  COPY <<A b\r\n1\r\nA\r\n# end';
  const { instructions } = Dockerfile.parse(text);
  let rebuilt = '';
  let at = 0;
  for (const { span } of instructions) {
    rebuilt += text.slice(at, span.start) + text.slice(span.start, span.end);
    at = span.end;
  }
  expect(rebuilt + text.slice(at)).toBe(text);
  expect(instructions.map((instruction) => text.slice(instruction.span.start, instruction.span.end))).toEqual([
    'FROM a',
    'RUN x \\\r\n# in\r\n  y',
    'COPY <<A b\r\n1\r\nA',
  ]);
});

test('a logical range leads back to the file', () => {
  const text = 'FROM a\nRUN one \\\n  # c\n  two th\\\nree\n';
  const run = Dockerfile.parse(text).instructions[1];
  const start = run?.logical.text.indexOf('three') ?? -1;
  const word = { start, end: start + 5 };
  expect(run?.logical.isContiguous(word)).toBe(false);
  const span = run?.sourceSpan(word) ?? { start: 0, end: 0 };
  expect(text.slice(span.start, span.end)).toBe('th\\\nree');
});

test('FROM binds to the nearest earlier stage, COPY --from to the last of the file', () => {
  const { stages } = Dockerfile.parse('FROM a AS b\nFROM b\nFROM c AS B\nFROM b AS d\nCOPY --from=b x y\n');
  expect(stages.map((stage) => (stage.base.kind === 'stage' ? stage.base.stage.index : stage.base.kind))).toEqual([
    'image',
    0,
    'image',
    2,
  ]);
  expect(findCopySource(stages, 'B')?.index).toBe(2);
  expect(findCopySource(stages, '1')?.index).toBe(1);
  expect(findCopySource(stages, 'nginx')).toBeUndefined();
});

test('defaults of global arguments name the base image', () => {
  const { stages } = Dockerfile.parse(
    'ARG V=20\nARG I=node:$V\nARG NONE\nFROM ${I}-slim\nFROM $NONE\nFROM --platform=$BUILDPLATFORM ${X:-alpine}\n',
  );
  expect(stages.map((stage) => (stage.base.kind === 'image' ? stage.base.text : stage.base.kind))).toEqual([
    'node:20-slim',
    'unknown',
    'unknown',
  ]);
});

test.each([
  ['node', { registry: undefined, repository: 'node', tag: undefined, digest: undefined }],
  ['node:20-slim@sha256:ab', { registry: undefined, repository: 'node', tag: '20-slim', digest: 'sha256:ab' }],
  ['localhost:5000/a/b', { registry: 'localhost:5000', repository: 'a/b', tag: undefined, digest: undefined }],
  ['ghcr.io/a/b:1', { registry: 'ghcr.io', repository: 'a/b', tag: '1', digest: undefined }],
  ['library/node:${V:-1}', { registry: undefined, repository: 'library/node', tag: '${V:-1}', digest: undefined }],
])('the image reference %s in its parts', (text, parts) => {
  expect(parseImageReference(text)).toEqual(parts);
});

test.each([
  ['a "b c" d', 'a b c d'],
  ['\'$A\' "$A"', '$A 1'],
  ['\\$A \\"', '$A "'],
  ['${A:-x} ${B:-x} ${B-y} ${A:+z}', '1 x y z'],
  ['"a\\nb"', 'a\\nb'],
  ['$U', undefined],
  ['${A#x}', undefined],
])('the value %s is resolved as Docker does', (text, expected) => {
  const lookup = (name: string): string | null | undefined => (name === 'A' ? '1' : name === 'B' ? null : undefined);
  expect(expandValue(text, '\\', lookup)).toBe(expected);
});

test.each([
  ['FROM {{ image }}\nRUN x\n', true],
  ['{% if a %}\nFROM a\n{% endif %}\n', true],
  ['FROM a\n<%= x %>\n', true],
  ['#include "image.h"\nFROM a AS STEP\n', true],
  ['#if you read this\n#define nothing\nFROM a\n', false],
  ["FROM a\nRUN go list -f '{{.Dir}}'\n", false],
  ['FROM a\nRUN cat <<EOF\n{{ x }}\nEOF\n', false],
])('whether %j is a template: %s', (text, expected) => {
  expect(isTemplate(Dockerfile.parse(text))).toBe(expected);
});

describe('a later version of a file', () => {
  const text =
    '# syntax=docker/dockerfile:1\n# first\nFROM debian AS a\n\n# about\nRUN <<EOF\necho $A\nEOF\nRUN a && \\\n  # inside\n\n  b\r\nONBUILD RUN c\nFROM a\nCOPY x \\\n  y\n# last\nRUN d \\\n';

  /** What a scan found, places included. */
  function found({ escape, directives, comments, instructions, problems }: Dockerfile): unknown {
    const own = instructions.map(({ source, logical, keyword }) => ({ source, keyword, joined: logical.text }));
    return { escape, directives, comments, problems, own };
  }

  test.each(['', 'X', ' ', '\n', '# c\n', 'USER u\n', '\\\n', '<<E'])('with %j put in anywhere', (added) => {
    for (const start of [text, text.replace('RUN d \\\n', ''), text.slice(0, -1)]) {
      const before = Dockerfile.parse(start);
      for (let at = 0; at <= start.length; at++) {
        const after = start.slice(0, at) + added + start.slice(at);
        expect(found(before.parseEdited(after, at))).toEqual(found(Dockerfile.parse(after)));
      }
    }
  });

  test('takes over the instructions above the first difference', () => {
    const before = Dockerfile.parse(text);
    const at = text.indexOf('ONBUILD');
    const after = before.parseEdited(`${text.slice(0, at)}USER u\n${text.slice(at)}`, at);
    expect(after.instructions.slice(0, 3).every((one, index) => one === before.instructions[index])).toBe(true);
    expect(after.instructions[3]).not.toBe(before.instructions[3]);
  });
});
