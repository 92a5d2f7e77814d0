// Makes a folder with the Dockerfiles of many services, the same ones each time: generated ones, some of them with the
// files of their build context, and copies of real ones.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One in so many services has the manifests and sources of its build context beside it. */
const WITH_CONTEXT = 10;

const DEBIAN = (name, at) => `FROM debian:bookworm
MAINTAINER team-${at % 40}@example.com
RUN apt-get update && apt-get install curl ca-certificates ${['git', 'jq', 'python3', 'unzip'][at % 4]}
ADD ./${name}.sh /usr/local/bin/
EXPOSE ${8000 + (at % 900)}
CMD /usr/local/bin/${name}.sh
`;

const NODE = (name, at) => `FROM node:${18 + 2 * (at % 3)}
WORKDIR /srv/${name}
COPY . .
RUN npm install
ENV SERVICE ${name}
EXPOSE ${3000 + (at % 900)}
CMD npm start
`;

const PYTHON = (name, at) => `FROM python:3.${9 + (at % 4)}
WORKDIR /app
COPY . /app
RUN pip install -r requirements.txt
RUN echo ${name} > /etc/service
CMD ["gunicorn", "-b", ":${8000 + (at % 900)}", "${name}.wsgi"]
`;

const GO = (name, at) => `FROM golang:1.2${at % 4} AS build
WORKDIR /src
COPY . .
RUN go build -o /out/${name} ./cmd/${name}

FROM alpine:3.2${at % 2}
RUN apk update && apk add ca-certificates
COPY --from=build /out/${name} /usr/bin/${name}
ENTRYPOINT /usr/bin/${name}
`;

const KINDS = [
  { text: DEBIAN, files: (name) => ({ [`${name}.sh`]: 'exec sleep 1\n' }) },
  {
    text: NODE,
    files: (name) => ({
      'package.json': `{ "name": "${name}", "version": "1.0.0", "dependencies": { "ms": "2.1.3" }, "scripts": { "start": "node server.js" } }`,
      'package-lock.json': `{ "name": "${name}", "lockfileVersion": 3, "packages": {} }`,
      'server.js': '',
      'lib/index.js': '',
    }),
  },
  { text: PYTHON, files: (name) => ({ 'requirements.txt': 'gunicorn==23.0.0\n', [`${name}/wsgi.py`]: '' }) },
  { text: GO, files: (name) => ({ 'go.mod': `module example.com/${name}\n`, [`cmd/${name}/main.go`]: '' }) },
];

/**
 * Makes `count` services below a folder. With real Dockerfiles every second one is a copy of one of these. Each is told
 * from all others by a last line.
 */
export function makeFleet(folder, count, realTexts) {
  for (let at = 0; at < count; at++) {
    const name = `service-${at}`;
    const own = join(folder, `team-${at % 100}`, name);
    mkdirSync(own, { recursive: true });
    const real = realTexts.length > 0 && at % 2 === 1;
    const shape = at >> 1;
    const kind = KINDS[shape % KINDS.length];
    const text = real ? realTexts[shape % realTexts.length] : Buffer.from(kind.text(name, at));
    writeFileSync(join(own, 'Dockerfile'), Buffer.concat([text, Buffer.from(`\n# ${name}\n`)]));
    if (real || at % WITH_CONTEXT !== 0) continue;
    for (const [path, content] of Object.entries(kind.files(name))) {
      mkdirSync(join(own, path, '..'), { recursive: true });
      writeFileSync(join(own, path), content);
    }
  }
}

/** The bytes of all Dockerfiles below a folder, in the order of their paths. */
export function dockerfilesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /dockerfile/i.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort()
    .map((path) => readFileSync(path));
}
