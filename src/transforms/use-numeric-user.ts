import { runtimeUserOf } from '../analysis/runtime-users.js';
import { replacement } from '../text/edit.js';
import { declined, type Diagnostic, fixed, type Transform } from './transform.js';

/**
 * Names the user of the image by the number that the file gives it, which is all that runAsNonRoot of Kubernetes can
 * check.
 *
 * Unsafe because a number has no groups besides its first one where the image does not list it, and because a volume
 * or a policy may go by the name.
 */
export const useNumericUser: Transform = {
  name: 'use-numeric-user',
  summary: 'Names the user of the image by its number',
  category: 'security',
  related: ['hadolint:DL3066', 'tally:named-identity-in-passwdless-stage'],
  onlyUnsafe: true,
  params: [
    {
      name: 'numeric',
      summary: 'no leaves names as they are',
      values: /^(?:yes|no)$/,
    },
  ],
  needsInstruction: ['USER'],
  *check({ dockerfile, analysis, params }): Iterable<Diagnostic> {
    const stage = dockerfile.finalStage;
    if (params.get('numeric') === 'no') return;
    if (stage === undefined || dockerfile.escape === '`') return;
    const last = stage.instructions.findLast(({ keyword }) => keyword === 'USER');
    const [name = '', group] = last?.argumentsText.split(':') ?? [];
    if (last === undefined || !/^[a-z_][\w-]*$/.test(name) || name === 'root') return;
    const span = last.sourceSpan(last.argumentsSpan);
    const message = `\`USER ${last.argumentsText}\` is a name, of which Kubernetes cannot tell whether it is root`;
    const user = runtimeUserOf(analysis, stage);
    const id = 'reason' in user || user.name !== name || !/^\d+$/.test(user.user) ? undefined : user.user;
    if (id === undefined) {
      yield declined(span, message, 'unknown-user', `nobody here knows the number of \`${name}\``);
      return;
    }
    const text = group === undefined ? id : `${id}:${group}`;
    yield fixed(span, message, {
      edits: [replacement(span, text)],
      applicability: 'unsafe',
      checked: [`${id} is the number of ${name}`, 'look whether something goes by the name, or needs its other groups'],
      removes: [last.argumentsText],
      configChanges: ['user'],
    });
  },
};
