import type { Dockerfile } from './dockerfile.js';

const MARK = /\{\{|\{%|<%/;

/** Lines of the C preprocessor, which Docker takes for comments: the file is one only after it went through cpp. */
const PREPROCESSOR =
  /^#(?:include\s+["<]|ifdef\s+\w|ifndef\s+\w|if\s+(?:!\s*)?defined\b|endif\s*$|define\s+[A-Z_]+\b)/m;

/**
 * Whether a text is a template of a Dockerfile: `{{`, `{%` or `<%` at the start of a line, in a FROM, or in a file
 * that does not parse, and lines of the C preprocessor. A `{{` inside a RUN, as in `go list -f '{{.Dir}}'`, is not a mark.
 */
export function isTemplate(dockerfile: Dockerfile): boolean {
  const { text } = dockerfile;
  if (PREPROCESSOR.test(text)) return true;
  if (!MARK.test(text)) return false;
  if (dockerfile.problems.length > 0) return true;
  return (
    dockerfile.instructions.some((instruction) => {
      if (instruction.keyword === 'FROM') return MARK.test(instruction.argumentsText);
      return MARK.test(instruction.keywordText);
    }) || /^[ \t]*(?:\{%|<%)/m.test(textOutsideInstructions(dockerfile))
  );
}

function textOutsideInstructions(dockerfile: Dockerfile): string {
  let result = '';
  let from = 0;
  for (const { span } of dockerfile.instructions) {
    result += dockerfile.text.slice(from, span.start);
    from = span.end;
  }
  return result + dockerfile.text.slice(from);
}
