// Rewrites that are wrong on purpose: what dfix makes of an example, with one mistake put in. Verify has to see each.

/** Replaces a text that has to be there: a mistake that is not made would prove nothing. */
function instead(pattern, replacement) {
  return (text) => {
    const changed = text.replace(pattern, replacement);
    if (changed === text) throw new Error(`${pattern} is not in the rewritten file:\n${text}`);
    return changed;
  };
}

export const WRONG_REWRITES = [
  {
    name: 'c-library',
    what: 'drops a runtime library',
    breaks: instead(/libsqlite3-0/, 'tzdata'),
    expects: /smoke test passes before and fails after/,
  },
  {
    name: 'shell-entrypoint',
    what: 'forgets a chown',
    breaks: instead(/ \/opt\/report \/data/, ' /opt/report'),
    expects: /smoke test passes before and fails after/,
  },
  {
    name: 'multi-stage-bugs',
    what: 'loses an ENV',
    breaks: instead('ENV GREETING=hello\n', ''),
    expects: /nobody announced that env GREETING is gone/,
  },
  {
    name: 'python-nested-requirements',
    what: 'loses a file of the application',
    breaks: instead(/CMD/, 'USER 0\nRUN rm gunicorn.conf.py\nUSER 10001\nCMD'),
    expects: /smoke test passes before and fails after/,
  },
];

/** A transform that takes away the package that the shell example needs: bisect has to name it, and no other. */
export const WRONG_TRANSFORM = {
  name: 'drop-needed-package',
  summary: 'Takes away a package that the program needs',
  category: 'size',
  related: [],
  *check({ dockerfile }) {
    const at = dockerfile.text.indexOf(' jq');
    if (at < 0) return;
    const span = { start: at, end: at + ' jq'.length };
    const fix = { edits: [{ ...span, newText: '' }], applicability: 'safe', checked: ['nothing'], removes: ['jq'] };
    yield { kind: 'fix', span, message: 'the package jq is there', fix };
  },
};
