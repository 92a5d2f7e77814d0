import { transforms } from '../../transforms/index.js';
import { urgentFindings } from './finding.js';
import { counted } from './markdown-text.js';
import type { Reporter } from './reporter.js';

/** A commit message: what is done, by transform, how safe it is, and how to opt out. None of its words is a file's. */
export function commitReporter(): Reporter {
  const rules = new Map<string, number>();
  const files = new Set<string>();
  let unsafe = 0;
  return {
    add: (outcome) => {
      for (const { kind, rule, applicability } of urgentFindings(outcome)) {
        if (kind !== 'fix' && kind !== 'file') continue;
        rules.set(rule, (rules.get(rule) ?? 0) + 1);
        files.add(outcome.path);
        if (applicability === 'unsafe') unsafe++;
      }
      return '';
    },
    end: () => messageOf(rules, files.size, unsafe),
  };
}

function messageOf(rules: ReadonlyMap<string, number>, files: number, unsafe: number): string {
  const made = transforms.filter(({ name }) => rules.has(name));
  const [first] = made;
  const subject =
    made.length === 1 && first !== undefined && first.name.length < 50
      ? `Apply ${first.name} to ${counted(files, 'Dockerfile')}`
      : `Apply ${made.length} practices to ${counted(files, 'Dockerfile')}`;
  const items = made.map(({ name, summary }) => wrapped(`- ${name} (${rules.get(name) ?? 0}): ${summary}.`));
  const all = [...rules.values()].reduce((sum, count) => sum + count, 0);
  const risk =
    unsafe === 0
      ? 'All of it is safe: the image stays as it is, but for what a practice takes away on purpose.'
      : `${unsafe} of ${counted(all, 'fix', 'fixes')} may change behaviour: look at what the pull request says of each.`;
  const optOut = 'A comment such as `# dfix ignore=NAME reason` above an instruction keeps a transform from it.';
  return [subject, items.join('\n'), wrapped(risk), wrapped(optOut)].join('\n\n').concat('\n');
}

/** As git's own messages are: lines of 72 characters. */
function wrapped(text: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > 72) {
      lines.push(line);
      line = text.startsWith('- ') ? `  ${word}` : word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join('\n');
}
