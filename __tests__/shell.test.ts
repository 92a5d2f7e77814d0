import { describe, expect, test } from '@jest/globals';
import { Dockerfile } from '../src/dockerfile/dockerfile.js';
import { ShellBody } from '../src/shell/body.js';
import { invocationsOf } from '../src/shell/invocation.js';
import { mergeObstacle } from '../src/shell/merge.js';
import { packageCommandsOf } from '../src/shell/packages.js';
import { parseShell } from '../src/shell/parse.js';
import { appendCommand, appendObstacle } from '../src/shell/script-edits.js';
import { applyEdits } from '../src/text/edit.js';

function bodyOf(run: string): { readonly dockerfile: Dockerfile; readonly body: ShellBody } {
  const dockerfile = Dockerfile.parse(`FROM a\n${run}`);
  const instruction = dockerfile.instructions[1];
  const body = instruction === undefined ? undefined : ShellBody.of(instruction, dockerfile.text);
  if (body === undefined) throw new Error('there is no script');
  return { dockerfile, body };
}

describe('scripts', () => {
  test('are split into items with their joiners', () => {
    const { items } = parseShell('a && b || c; d & e | f\ng');
    expect(items.map((item) => [item.joiner, item.type])).toEqual([
      ['', 'Command'],
      ['&&', 'Command'],
      ['||', 'Command'],
      [';', 'Command'],
      ['&', 'Pipeline'],
      ['\n', 'Command'],
    ]);
  });

  test('show where each command stands', () => {
    const { commands } = parseShell('(a; b $(c)) && if d; then e; fi && { f; } && g | h');
    expect(
      commands.map((command) => `${command.words[0]?.value ?? ''} ${command.enclosures.join('/')} ${command.item}`),
    ).toEqual([
      'a Subshell 0',
      'b Subshell 0',
      'c Subshell/CommandExpansion 0',
      'd If 1',
      'e If 1',
      'f BraceGroup 2',
      'g Pipeline 3',
      'h Pipeline 3',
    ]);
  });

  test('tell plain words from those that are expanded', () => {
    const words = parseShell('x "a b" c\\ d \'e\'f $g "h$i" *.j ~/k {l,m}').commands[0]?.words ?? [];
    expect(words.map((word) => word.value)).toEqual([
      'x',
      'a b',
      'c d',
      'ef',
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test.each(['a &&', 'echo "', 'if a; then', 'a $(b'])('%j is not valid', (text) => {
    expect(parseShell(text).isValid).toBe(false);
  });

  test('lead back to the file across continuations, comments and heredocs', () => {
    for (const run of [
      'RUN one && \\\n  # c\n  two\n',
      'RUN <<EOF\none\ntwo\nEOF\n',
      'RUN cat <<EOF > f && two\n$x\nEOF\n',
    ]) {
      const { dockerfile, body } = bodyOf(run);
      const command = body.shell.commands.find((candidate) => candidate.words[0]?.value === 'two');
      const span = body.sourceSpan(command?.words[0] ?? { start: 0, end: 0 });
      expect(dockerfile.text.slice(span.start, span.end)).toBe('two');
    }
  });

  test('of another interpreter are not read', () => {
    expect(() => bodyOf('RUN <<EOF\n#!/usr/bin/env python3\nprint(1)\nEOF\n')).toThrow(/no script/);
    expect(bodyOf('RUN <<EOF\n#!/bin/bash\necho 1\nEOF\n').body.isHeredoc).toBe(true);
  });
});

describe('programs', () => {
  test('are found behind what runs them', () => {
    const { body } = bodyOf(
      'RUN A=1 sudo -E -u root env B=2 /usr/bin/apt-get update && timeout 5 curl x && xargs -r pip3 install < r && $CMD\n',
    );
    expect(invocationsOf(body).map((invocation) => [invocation.program, ...invocation.wrappers])).toEqual([
      ['apt-get', 'sudo', 'env'],
      ['curl', 'timeout'],
      ['pip3', 'xargs'],
    ]);
  });

  test.each([
    [
      'apt-get -qqy -t stable install --no-install-recommends curl git=1',
      'apt-get',
      'install',
      '-q -q -y -t=stable --no-install-recommends',
      'curl git=1',
    ],
    ['apt-get -oDpkg::Use-Pty=0 -q=2 update', 'apt-get', 'update', '-o=Dpkg::Use-Pty=0 -q=2', ''],
    ['apk --no-cache add -t .build gcc', 'apk', 'install', '--no-cache -t=.build', 'gcc'],
    ['python3 -m pip install -r a.txt -U pip', 'pip', 'install', '-r=a.txt -U', 'pip'],
    ['pip3.12 install .', 'pip', 'install', '', '.'],
    ['npm --prefix web ci --omit=dev', 'npm', 'install', '--prefix=web --omit=dev', ''],
    ['yarn --frozen-lockfile', 'yarn', 'install', '--frozen-lockfile', ''],
    ['zypper -n in -r repo vim', 'zypper', 'install', '-n -r=repo', 'vim'],
    [
      'dnf -y --setopt=install_weak_deps=False install gcc',
      'dnf',
      'install',
      '-y --setopt=install_weak_deps=False',
      'gcc',
    ],
    ['gem install -N rails -v 7', 'gem', 'install', '-N -v=7', 'rails'],
    ['apt-get constructor', 'apt-get', 'other', '', ''],
  ])('%s', (script, manager, action, options, operands) => {
    const [command] = packageCommandsOf(bodyOf(`RUN ${script}\n`).body);
    expect({
      manager: command?.manager,
      action: command?.action,
      options: command?.options
        .map((option) => (option.value === undefined ? option.name : `${option.name}=${option.value}`))
        .join(' '),
      operands: command?.operands.map((word) => word.text).join(' '),
    }).toEqual({ manager, action, options, operands });
  });
});

describe('a command is appended', () => {
  test.each([
    ['RUN a', 'RUN a && new'],
    ['RUN a || true', 'RUN a || true && new'],
    ['RUN a;', 'RUN a && new;'],
    ['RUN a # why', 'RUN a && new # why'],
    ['RUN a && \\\n    b', 'RUN a && \\\n    b && \\\n    new'],
    ['RUN a \\\n  && b', 'RUN a \\\n  && b \\\n  && new'],
    ['RUN set -e; \\\n\ta; \\\n\tb', 'RUN set -e; \\\n\ta; \\\n\tb; \\\n\tnew'],
    ['RUN set -e; a; b', 'RUN set -e; a; b; new'],
    ['RUN a; b', 'RUN a; b && new'],
    ['RUN a \\\n      x \\\n      y', 'RUN a \\\n      x \\\n      y \\\n    && new'],
    ['RUN <<EOF\na\nb\nEOF', 'RUN <<EOF\na\nb && new\nEOF'],
    ['RUN <<EOF\nset -eux\n  a\nEOF', 'RUN <<EOF\nset -eux\n  a\n  new\nEOF'],
    [`RUN ${'x'.repeat(99)}`, `RUN ${'x'.repeat(99)} \\\n    && new`],
  ])('to %j', (before, after) => {
    const { dockerfile, body } = bodyOf(`${before}\n`);
    expect(appendObstacle(body)).toBeUndefined();
    expect(applyEdits(dockerfile.text, [appendCommand(dockerfile, body, 'new')])).toBe(`FROM a\n${after}\n`);
  });

  test.each(['a &', 'a && exit 0', 'exec a', 'cat <<EOF > f\nx\nEOF'])('but not to %j', (script) => {
    expect(appendObstacle(bodyOf(`RUN ${script}\n`).body)).toBeDefined();
  });
});

describe('two scripts', () => {
  const obstacle = (left: string, right: string): string | undefined => {
    const dockerfile = Dockerfile.parse(`FROM a\nRUN ${left}\nRUN ${right}\n`);
    const [, first, second] = dockerfile.instructions;
    const a = first && ShellBody.of(first, dockerfile.text);
    const b = second && ShellBody.of(second, dockerfile.text);
    if (a === undefined || b === undefined) throw new Error('there are no scripts');
    return mergeObstacle(dockerfile, a, b)?.detail;
  };

  test.each([
    ['a', 'b && c | d'],
    ['a || true', 'b'],
    ['a; c', 'b'],
    ['(cd /x && a)', 'b'],
    ['A=1 a', 'b'],
    ['echo $(cd /x; pwd)', 'b'],
  ])('%j and %j can be joined', (left, right) => {
    expect(obstacle(left, right)).toBeUndefined();
  });

  test.each([
    ['cd /x', 'b'],
    ['export A=1', 'b'],
    ['A=1; a', 'b'],
    ['set -e; a', 'b'],
    ['{ cd /x; }', 'b'],
    ['if a; then umask 0; fi', 'b'],
    ['a &', 'b'],
    ['a & b', 'c'],
    ['exit 0', 'b'],
    ['trap x EXIT', 'b'],
    ['. /etc/x', 'b'],
    ['for i in 1 2; do a; done', 'b'],
    ['service db start', 'b'],
    ['ln -sf /bin/bash /bin/sh', 'b'],
    ['rm /bin/sh && ln -s /bin/bash /bin/sh', 'b'],
    ['pip install -U pip', 'pip install x'],
    ['npm install -g npm@9', 'npm ci'],
    ['$X', 'b'],
    ['a', 'b || c'],
    ['a', 'b; c'],
    ['a', 'b & c'],
    ['a', '! b'],
    ['a # c', 'b'],
    ['--mount=type=cache,target=/c a', 'b'],
    ['--network=none a', 'b'],
  ])('%j and %j cannot be joined', (left, right) => {
    expect(obstacle(left, right)).toBeDefined();
  });
});
