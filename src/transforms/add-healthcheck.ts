import type { Analysis } from '../analysis/analysis.js';
import { startCommandOf } from '../analysis/start-command.js';
import { lookupIn } from '../analysis/state.js';
import { insertLinesApart } from '../dockerfile/block.js';
import { officialImageName } from '../dockerfile/image-reference.js';
import { rootBase, type Stage } from '../dockerfile/stage.js';
import { expandValue } from '../dockerfile/variables.js';
import { indentationAt } from '../text/line-endings.js';
import { type DeclineReason, declined, type Diagnostic, fixed, type Transform } from './transform.js';

/**
 * Lets the engine ask whether the process takes connections on the port that the image exposes. It asks for a
 * connection alone, unless `path` tells which path of the service answers, and with a program that the image has for
 * sure: its interpreter, the nc and wget of busybox, or bash.
 *
 * Unsafe because an engine that restarts what is unhealthy may restart a process that is slow to start. Only by name,
 * since Kubernetes does not look at it.
 */
export const addHealthcheck: Transform = {
  name: 'add-healthcheck',
  summary: 'Asks whether the process takes connections on the exposed port',
  category: 'correctness',
  related: [
    'hadolint:DL3057',
    'trivy:DS-0026',
    'kics:healthcheck_instruction_missing',
    'checkov:CKV_DOCKER_2',
    'dockle:CIS-DI-0006',
    'tally:hadolint/DL3057',
    'dockerfile-doctor:DD012',
    'dockerfile-roast:DF012',
    'tally:ruby/healthcheck-rails-up-endpoint',
  ],
  onlyUnsafe: true,
  onlyNamed: true,
  params: [
    {
      name: 'path',
      summary: 'the path that answers over HTTP while all is well, such as /healthz',
      values: /^\/[\w./~%-]*(?:\?[\w.=&%~-]*)?$/,
    },
  ],
  *check({ dockerfile, analysis, params }): Iterable<Diagnostic> {
    const stage = dockerfile.finalStage;
    const [first] = startCommandOf(analysis)?.instructions ?? [];
    if (stage === undefined || first === undefined || dockerfile.escape === '`' || hasHealthcheck(stage)) return;
    const span = first.sourceSpan(first.keywordSpan);
    const message = 'nobody asks whether the process still answers';
    const port = portOf(analysis, stage);
    if (typeof port !== 'string') {
      yield declined(span, message, port.reason, port.detail);
      return;
    }
    const path = params.get('path');
    const probe = probeOf(analysis, stage, port, path);
    if (probe === undefined) {
      yield declined(span, message, 'unknown-base', 'nobody knows a program of the image that can open a connection');
      return;
    }
    const indentation = indentationAt(dockerfile.text, first.span.start);
    const lines = [
      `${indentation}${first.cased('HEALTHCHECK')} --interval=30s --timeout=3s --start-period=30s ${dockerfile.escape}`,
      `${indentation}    ${first.cased('CMD')} ${JSON.stringify(probe).replaceAll('","', '", "')}`,
    ];
    yield fixed(span, message, {
      edits: [insertLinesApart(dockerfile, first, lines)],
      applicability: 'unsafe',
      checked: [
        `it asks for ${path ?? 'a connection'} ${path === undefined ? 'to' : 'at'} port ${port}, with \`${probe[0] ?? ''}\` of the image`,
        `look whether the process ${path === undefined ? 'listens' : 'answers'} there within half a minute`,
      ],
      configChanges: ['healthcheck'],
      isOptional: true,
    });
  },
};

function hasHealthcheck(stage: Stage): boolean {
  if (stage.instructions.some(({ keyword }) => keyword === 'HEALTHCHECK')) return true;
  return stage.base.kind === 'stage' && hasHealthcheck(stage.base.stage);
}

/** The one port that a stage, or those below it, exposes. */
function portOf(
  analysis: Analysis,
  stage: Stage,
): string | { readonly reason: DeclineReason; readonly detail: string } {
  const ports = new Set<string>();
  for (let at: Stage | undefined = stage; at !== undefined; at = at.base.kind === 'stage' ? at.base.stage : undefined) {
    for (const instruction of at.instructions) {
      if (instruction.keyword !== 'EXPOSE') continue;
      const lookup = lookupIn(analysis.stateBefore(instruction));
      for (const { text } of instruction.words) {
        const port = /^(\d+)(?:\/tcp)?$/i.exec(expandValue(text, analysis.dockerfile.escape, lookup) ?? '')?.[1];
        if (port !== undefined) ports.add(port);
        else if (!/\/udp$/i.test(text))
          return { reason: 'dynamic-value', detail: `\`EXPOSE ${text}\` does not say which port it is` };
      }
    }
  }
  const [port, more] = [...ports];
  if (port === undefined) return { reason: 'dynamic-value', detail: 'no EXPOSE tells the port' };
  return more === undefined
    ? port
    : { reason: 'dynamic-value', detail: `several ports are exposed: ${[...ports].join(', ')}` };
}

/** A command in exec form that succeeds when something takes a connection, or answers with no error. */
function probeOf(
  analysis: Analysis,
  stage: Stage,
  port: string,
  path: string | undefined,
): readonly string[] | undefined {
  const base = rootBase(stage);
  const name = base.kind === 'image' ? officialImageName(base.image) : undefined;
  if (name === 'node') return ['node', '-e', path === undefined ? nodeConnect(port) : nodeGet(port, path)];
  const url = `http://127.0.0.1:${port}${path ?? ''}`;
  if (name === 'python') {
    const script =
      path === undefined
        ? `import socket; socket.create_connection(('127.0.0.1', ${port}), 3).close()`
        : `import urllib.request; urllib.request.urlopen('${url}', timeout=3)`;
    return ['python', '-c', script];
  }
  const { family } = analysis.baseOf(stage);
  if (family === 'alpine' || family === 'busybox')
    return path === undefined ? ['nc', '-z', '127.0.0.1', port] : ['wget', '-q', '-T', '3', '-O', '/dev/null', url];
  const isTemurin = name === 'eclipse-temurin' && base.kind === 'image' && !/alpine|nano|windows/.test(base.text);
  return family === 'debian' || family === 'redhat' || isTemurin
    ? ['bash', '-c', path === undefined ? `exec 3<>/dev/tcp/127.0.0.1/${port}` : bashGet(port, path)]
    : undefined;
}

function nodeConnect(port: string): string {
  return `require('net').connect(${port}, '127.0.0.1').on('connect', () => process.exit(0)).on('error', () => process.exit(1))`;
}

function nodeGet(port: string, path: string): string {
  return `require('http').get('http://127.0.0.1:${port}${path}', ({ statusCode }) => process.exit(statusCode < 400 ? 0 : 1)).on('error', () => process.exit(1))`;
}

/** Images of Debian have neither curl nor wget. A status in between, such as none at all, is a failure. */
function bashGet(port: string, path: string): string {
  // The printf of bash makes the percent sign of a path out of two.
  const request = `GET ${path.replaceAll('%', '%%')} HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n`;
  return `exec 3<>/dev/tcp/127.0.0.1/${port} && printf '${request}' >&3 && read -r _ status _ <&3 && [[ $status == [23]* ]]`;
}
