import { changedFields, type ConfigField, stageConfig } from './analysis/image-config.js';
import type { Dockerfile } from './dockerfile/dockerfile.js';
import { findCopySource, type Stage } from './dockerfile/stage.js';
import { applySortedEdits, type Edit, offsetBeforeEdits, sortEdits } from './text/edit.js';
import { declined, type Diagnostic, type FixDiagnostic } from './transforms/transform.js';

/**
 * What a transform said, with a decline in the place of each fix after which a build that names its stage with
 * `--target` would make another image. A target that is no stage of the file says nothing.
 */
export function keepTargets(
  before: Dockerfile,
  targets: readonly string[],
  diagnostics: readonly Diagnostic[],
): readonly Diagnostic[] {
  const known = targets.filter((target) => findCopySource(before.stages, target) !== undefined);
  if (known.length === 0) return diagnostics;
  const groups = new Map<string, FixDiagnostic[]>();
  for (const diagnostic of diagnostics) {
    if (diagnostic.kind !== 'fix') continue;
    const announced = (diagnostic.fix.configChanges ?? []).join();
    const group = groups.get(announced);
    if (group === undefined) groups.set(announced, [diagnostic]);
    else group.push(diagnostic);
  }
  const harms = new Map<Diagnostic, string>();
  for (const group of groups.values()) findHarms(before, known, group, harms);
  return diagnostics.map((diagnostic) => {
    const harm = harms.get(diagnostic);
    return harm === undefined ? diagnostic : declined(diagnostic.span, diagnostic.message, 'build-target', harm);
  });
}

/** Looks at fixes together, since most files have many that harm nothing, and at parts of those that do harm. */
function findHarms(
  before: Dockerfile,
  targets: readonly string[],
  fixes: readonly FixDiagnostic[],
  harms: Map<Diagnostic, string>,
): void {
  const [first] = fixes;
  if (first === undefined) return;
  const edited = editedBy(before, fixes);
  const harm = edited === undefined ? undefined : harmIn(before, edited, targets, first.fix.configChanges ?? []);
  if (edited !== undefined && harm === undefined) return;
  if (fixes.length > 1) {
    const middle = fixes.length >> 1;
    findHarms(before, targets, fixes.slice(0, middle), harms);
    findHarms(before, targets, fixes.slice(middle), harms);
  } else if (harm !== undefined) harms.set(first, harm);
}

interface Edited {
  readonly after: Dockerfile;
  readonly edits: readonly Edit[];
}

/** Undefined for edits that meet and for a result that does not parse: law 1 speaks about them. */
function editedBy(before: Dockerfile, fixes: readonly FixDiagnostic[]): Edited | undefined {
  const all = fixes.flatMap(({ fix }) => fix.edits);
  let edits: readonly Edit[];
  try {
    edits = sortEdits(before.text, all);
  } catch (error) {
    if (error instanceof Error && error.name === 'RangeError') return undefined;
    throw error;
  }
  const after = before.parseEdited(applySortedEdits(before.text, edits), edits[0]?.start);
  return after.problems.length > 0 ? undefined : { after, edits };
}

/** What becomes of the first target that would mean another image. */
function harmIn(
  before: Dockerfile,
  { after, edits }: Edited,
  targets: readonly string[],
  announced: readonly ConfigField[],
): string | undefined {
  for (const target of targets) {
    const old = findCopySource(before.stages, target);
    if (old === undefined) continue;
    const now = findCopySource(after.stages, target);
    if (now === undefined) return `\`--target ${target}\` would find no stage`;
    const wasFinal = old === before.finalStage;
    const isFinal = now === after.finalStage;
    if (wasFinal && !isFinal) return `\`--target ${target}\` would no longer mean the last stage`;
    if (!wasFinal && isFinal) return `\`--target ${target}\` would come to mean the last stage`;
    // What becomes of the last one is the matter of law 1.
    if (isFinal) continue;
    if (!isSameStage(old, now, edits)) return `\`--target ${target}\` would mean another stage`;
    const changed = changedFields(stageConfig(before, old), stageConfig(after, now));
    const field = changed.find((one) => !announced.includes(one));
    if (field !== undefined) return `the image of \`--target ${target}\` would have another ${field}`;
  }
  return undefined;
}

/** Whether the FROM of a stage is that of an earlier one, as the edits have moved it. */
function isSameStage(old: Stage, now: Stage, edits: readonly Edit[]): boolean {
  const end = offsetBeforeEdits(edits, now.from.span.end);
  return old.from.span.start < end && end <= old.from.span.end;
}
