import type { Analysis } from '../analysis/analysis.js';
import { startCommandOf } from '../analysis/start-command.js';
import { lookupIn } from '../analysis/state.js';
import { insertLinesBefore } from '../dockerfile/block.js';
import { officialImageName } from '../dockerfile/image-reference.js';
import { rootBase, type Stage } from '../dockerfile/stage.js';
import { expandValue } from '../dockerfile/variables.js';
import { indentationAt } from '../text/line-endings.js';
import { type DeclineReason, declined, type Diagnostic, fixed, type Transform } from './transform.js';

/**
 * Lets the engine ask whether the process takes connections on the port that the image exposes. It asks for a
 * connection alone, since nobody knows which address of the service answers, and with a program that the image has for
 * sure: its interpreter, the nc of busybox, or bash.
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
  ],
  onlyUnsafe: true,
  onlyNamed: true,
  *check({ dockerfile, analysis }): Iterable<Diagnostic> {
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
    const probe = probeOf(analysis, stage, port);
    if (probe === undefined) {
      yield declined(span, message, 'unknown-base', 'nobody knows a program of the image that can open a connection');
      return;
    }
    const indentation = indentationAt(dockerfile.text, first.span.start);
    const isLower = first.keywordText === first.keywordText.toLowerCase();
    const keywords = isLower ? (['healthcheck', 'cmd'] as const) : (['HEALTHCHECK', 'CMD'] as const);
    const lines = [
      `${indentation}${keywords[0]} --interval=30s --timeout=3s --start-period=30s ${dockerfile.escape}`,
      `${indentation}    ${keywords[1]} ${JSON.stringify(probe).replaceAll('","', '", "')}`,
    ];
    yield fixed(span, message, {
      edits: [insertLinesBefore(dockerfile, first, first.source.comments.length > 0 ? [...lines, ''] : lines)],
      applicability: 'unsafe',
      checked: [
        `it asks for a connection to port ${port}, with \`${probe[0] ?? ''}\` of the image`,
        'look whether the process listens there within half a minute',
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

/** Part of a script for the container, which `node -e` reads. */
const LOAD_NET = ['require', "('net')"].join('');

/** A command in exec form that succeeds when something takes a connection. */
function probeOf(analysis: Analysis, stage: Stage, port: string): readonly string[] | undefined {
  const base = rootBase(stage);
  const name = base.kind === 'image' ? officialImageName(base.image) : undefined;
  if (name === 'node') {
    const probe = `connect(${port}, '127.0.0.1').on('connect', () => process.exit(0)).on('error', () => process.exit(1))`;
    const script = `${LOAD_NET}.${probe}`;
    return ['node', '-e', script];
  }
  if (name === 'python')
    return ['python', '-c', `import socket; socket.create_connection(('127.0.0.1', ${port}), 3).close()`];
  const { family } = analysis.baseOf(stage);
  if (family === 'alpine' || family === 'busybox') return ['nc', '-z', '127.0.0.1', port];
  const isTemurin = name === 'eclipse-temurin' && base.kind === 'image' && !/alpine|nano|windows/.test(base.text);
  return family === 'debian' || family === 'redhat' || isTemurin
    ? ['bash', '-c', `exec 3<>/dev/tcp/127.0.0.1/${port}`]
    : undefined;
}
