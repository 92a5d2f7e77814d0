import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { changedFields, finalConfig } from '../src/analysis/image-config.js';
import { Dockerfile } from '../src/dockerfile/dockerfile.js';
import { rewrite } from '../src/rewrite.js';
import { secondReader } from '../src/second-reader.js';
import { transforms } from '../src/transforms/index.js';

const SEED = Number(process.env['PROPERTY_SEED'] ?? 20261122);
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 400);

/** What a script is made of: words that meet in real files, and that some transform looks at. */
const word = fc.constantFrom(
  'curl',
  'git',
  'zip',
  '"a b"',
  "'$x'",
  '$VERSION',
  '${A:-b}',
  '*.log',
  'a=b',
  '-q',
  '--flag',
  '#x',
  '`id`',
  '$(id -u)',
  '\\"',
  'é',
);
const command = fc.oneof(
  fc.constantFrom(
    'apt-get update',
    'apt update',
    'apt-get install -y curl git',
    'apt-get install curl zip git curl',
    'sudo apt-get -qq install vim',
    'apk update',
    'apk add curl',
    'apk add -U bash git',
    'apk add --no-cache --virtual .deps gcc',
    'yum install gcc',
    'dnf -y install git',
    'zypper in vim',
    'pip install flask',
    'python3 -m pip install -r requirements.txt',
    'npm ci',
    'npm install -g npm',
    'yarn install --frozen-lockfile',
    'gem install rails',
    'rm -rf /var/lib/apt/lists/*',
    'rm -rf /var/cache/apk/*',
    'apt-get clean',
    'cd /srv',
    'export A=1',
    'set -ex',
    'wget http://example.com/a.tgz',
    'curl -k https://example.com | sh',
    'useradd -u 123456 app',
    'tar xf a.tgz',
    'exit 0',
    'true &',
    '(cd /x && make)',
    'if [ -f x ]; then apt-get install y; fi',
    'for i in a b; do echo $i; done',
  ),
  fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => `echo ${words.join(' ')}`),
);
const newline = fc.constantFrom(' \\\n    ', ' \\\n\t', ' \\\n# comment\n  ', ' \\\n\n  ', ' ', ' ', ' ');
const joiner = fc.constantFrom('&&', '&&', '&&', ';', '||', '|');
const script = fc
  .tuple(command, fc.array(fc.tuple(newline, joiner, fc.boolean(), command), { maxLength: 4 }))
  .map(([first, rest]) =>
    rest.reduce(
      (text, [gap, sign, leads, next]) => text + (leads ? `${gap}${sign} ${next}` : ` ${sign}${gap}${next}`),
      first,
    ),
  );
const keyword = fc.constantFrom('RUN', 'RUN', 'run', 'RUN --mount=type=cache,target=/root/.cache', 'ONBUILD RUN');
const run = fc.oneof(
  fc.tuple(keyword, script).map(([head, body]) => `${head} ${body}`),
  fc.array(command, { minLength: 1, maxLength: 3 }).map((lines) => `RUN <<EOF\nset -e\n${lines.join('\n')}\nEOF`),
);
const other = fc.constantFrom(
  'MAINTAINER Ada "x" <a@b.c>',
  'ENV A b c',
  'ENV PATH /x:$PATH',
  'env A="b c" D=e',
  'LABEL x y',
  'LABEL a=b c="d e"',
  'WORKDIR app',
  'WORKDIR /srv/$A',
  'USER app',
  'USER root',
  'ADD . /app',
  'ADD a.tgz /app/',
  'ADD --chown=1:1 app.py b.py /app',
  'COPY --from=0 /a /b',
  'COPY a b /dest',
  'CMD node app.js',
  'CMD ["a", "b c"]',
  "CMD ['a', 'b']",
  'ENTRYPOINT /entry.sh $X',
  'HEALTHCHECK --interval=5s cmd curl localhost || exit 1',
  'EXPOSE 80/TCP 80',
  'STOPSIGNAL 9',
  'SHELL ["/bin/bash", "-c"]',
  'ARG VERSION=1',
  'VOLUME /data',
  'COPY run.sh /opt/run.sh\nRUN chmod 755 /opt/run.sh && chown web /opt/run.sh && ls',
  'COPY a.tgz /tmp/\nRUN mkdir -p /opt/a \\\n  && tar xzf /tmp/a.tgz -C /opt/a \\\n  && rm /tmp/a.tgz',
  'ADD https://dl.example.org/b.json /data/b.json',
  'RUN git clone -q https://github.com/example/tool /src',
  'RUN curl -L https://dl.example.org/c.tgz | tar xz -C /opt',
  "RUN echo 'a $B' > /etc/a",
  'COPY <<-EOT /motd\n\thello\n\tEOT',
);
const trivia = fc.constantFrom('', '', '', '\n', '# comment\n', '  # indented\n', '# hadolint ignore=DL3008\n');
const line = fc
  .tuple(trivia, fc.oneof({ weight: 2, arbitrary: run }, { weight: 1, arbitrary: other }))
  .map(([before, text]) => `${before}${text}\n`);
const stage = fc
  .tuple(
    fc.constantFrom('debian:bookworm', 'alpine:3.20', 'node:22', 'scratch', '$BASE', 'fedora', 'Build'),
    fc.constantFrom('', ' AS build', ' as Build', ' AS base'),
    fc.array(line, { maxLength: 7 }),
  )
  .map(([image, name, lines]) => `FROM ${image}${name}\n${lines.join('')}`);
const dockerfile = fc
  .tuple(
    fc.constantFrom('', '# syntax=docker/dockerfile:1\n', '# c\n', 'ARG BASE=debian\n'),
    fc.array(stage, { minLength: 1, maxLength: 3 }),
    fc.constantFrom('lf', 'crlf', 'no newline'),
  )
  .map(([head, stages, ending]) => {
    const text = head + stages.join('');
    return ending === 'lf' ? text : ending === 'crlf' ? text.replace(/\n/g, '\r\n') : text.trimEnd();
  });
const selection = fc.subarray([...transforms], { minLength: 1 });

/** The comment lines of a text. One inside a RUN may become one of its heredoc, where it is still a line. */
function commentsOf(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((row) => row.trim())
    .filter((row) => row.startsWith('#'))
    .sort();
}

describe(`drawn Dockerfiles (seed ${SEED}, ${RUNS} runs)`, () => {
  test('keep the laws under any selection of transforms', () => {
    fc.assert(
      fc.property(dockerfile, selection, fc.boolean(), fc.boolean(), (text, chosen, unsafe, isNamed) => {
        const named = new Set(isNamed ? chosen.map((transform) => transform.name) : []);
        const options = { transforms: chosen, unsafe, named, secondReader };
        const result = rewrite(text, options);
        expect(result.faults).toEqual([]);
        if (result.status !== 'changed') {
          expect(result.text).toBe(text);
          return;
        }
        const after = Dockerfile.parse(result.text);
        expect(after.problems).toEqual([]);
        expect(rewrite(result.text, options).text).toBe(result.text);
        // Only the name behind the number of a new user may come to them.
        const comments = commentsOf(result.text).filter(
          (comment) => !/^# (?:app|node|a user without a name)$/.test(comment),
        );
        expect(comments).toEqual(commentsOf(text));
        expect(/[^\r]\n/.test(result.text)).toBe(/[^\r]\n/.test(text));
        const [old, now] = [finalConfig(Dockerfile.parse(text)), finalConfig(after)];
        const declared = new Set(result.changes.flatMap((change) => change.configChanges));
        if (old !== undefined && now !== undefined) {
          expect(changedFields(old, now).filter((field) => !declared.has(field))).toEqual([]);
        }
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });
});
