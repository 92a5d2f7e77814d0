import { type StartedProgram, startCommandOf } from '../analysis/start-command.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { insertAbove } from '../dockerfile/block.js';
import { rootBase, type Stage } from '../dockerfile/stage.js';
import { replacement } from '../text/edit.js';
import { declined, type Diagnostic, fixed, type Subject, type Transform } from './transform.js';

/** What a file says that starts it. */
const SERVERS = ['nginx', 'openresty'] as const;

/**
 * Stops nginx by SIGQUIT. On Docker's SIGTERM it ends at once and breaks off the answers that it is sending; on
 * SIGQUIT it finishes them first.
 *
 * Unsafe because stopping takes as long as the longest answer, up to the ten seconds after which Docker kills. Images
 * of nginx set the signal themselves.
 */
export const setNginxStopSignal: Transform = {
  name: 'set-nginx-stop-signal',
  summary: 'Sets STOPSIGNAL SIGQUIT where the image starts nginx',
  category: 'correctness',
  related: ['tally:prefer-nginx-sigquit'],
  onlyUnsafe: true,
  *check(subject): Iterable<Diagnostic> {
    const { dockerfile, analysis } = subject;
    const stage = dockerfile.finalStage;
    if (stage === undefined || !SERVERS.some((name) => dockerfile.text.includes(name))) return;
    const start = startCommandOf(analysis);
    const program = start?.commands.find(isServer);
    const [first] = start?.instructions ?? [];
    if (program === undefined || first === undefined) return;
    const signal = signalOf(stage);
    if (signal === undefined ? setsItself(stage) : /^(?:(?:SIG)?QUIT|3)$/i.test(signal.argumentsText)) return;
    yield checkSignal(subject, stage, program, first, signal);
  },
};

/** `nginx -t` and `nginx -s reload` are no servers, and a shell in front keeps the signals for itself. */
function isServer({ program, args, isMain }: StartedProgram): boolean {
  return (program === 'nginx' || program === 'openresty') && isMain && !args.some((word) => /^-[tTvVsh?]/.test(word));
}

function setsItself(stage: Stage): boolean {
  const base = rootBase(stage);
  return base.kind === 'image' && /nginx|openresty|ingress/.test(base.image.repository);
}

/** The STOPSIGNAL that counts, through the stages of the file. */
function signalOf(stage: Stage): Instruction | undefined {
  const own = stage.instructions.findLast(({ keyword }) => keyword === 'STOPSIGNAL');
  return own ?? (stage.base.kind === 'stage' ? signalOf(stage.base.stage) : undefined);
}

function checkSignal(
  { dockerfile }: Subject,
  stage: Stage,
  { program }: StartedProgram,
  first: Instruction,
  signal: Instruction | undefined,
): Diagnostic {
  const own = signal !== undefined && stage.instructions.includes(signal) ? signal : undefined;
  const text = signal?.argumentsText ?? 'SIGTERM';
  const message = `\`${program}\` breaks off what it is sending when \`${text}\` stops it`;
  const fix = {
    applicability: 'unsafe',
    checked: ['stopping takes as long as the longest answer: look whether that is wanted'],
    configChanges: ['stopsignal'],
  } as const;
  if (own === undefined) {
    const span = first.sourceSpan(first.keywordSpan);
    return fixed(span, message, { ...fix, edits: [insertAbove(dockerfile, first, 'STOPSIGNAL SIGQUIT')] });
  }
  const span = own.sourceSpan(own.argumentsSpan);
  if (text.includes('$')) return declined(span, message, 'dynamic-value', 'a variable holds the signal');
  if (!own.logical.isContiguous(own.argumentsSpan)) {
    return declined(span, message, 'not-one-place', 'a line continuation cuts it');
  }
  return fixed(span, message, { ...fix, edits: [replacement(span, 'SIGQUIT')], removes: [text] });
}
