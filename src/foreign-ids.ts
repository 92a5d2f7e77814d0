/** The ways in which tools write an id, and how it is named here. */
const SPELLINGS: readonly (readonly [RegExp, string])[] = [
  // tally checks what other tools check, under their names.
  [/^(?:tally[:/])?(hadolint|buildkit|shellcheck)\//, '$1:'],
  [/^tally:tally\/|^tally\//, 'tally:'],
  // hadolint passes on what ShellCheck says.
  [/^hadolint:(?=sc\d)/, 'shellcheck:'],
  // Docker runs BuildKit's checks.
  [/^docker:/, 'buildkit:'],
  // trivy writes its ids with and without AVD in front, and had shorter numbers.
  [/^(trivy:)?avd-/, '$1'],
  [/^(trivy:)?ds-?(\d{3})$/, '$1ds-0$2'],
  // semgrep puts the folders of a rule in front of its name.
  [/^(semgrep:)?dockerfile\.(?:[\w-]+\.)*/, '$1'],
];

/** An id of another tool, with or without the tool, as `Transform.related` has it, but in lower case. */
export function canonicalId(id: string): string {
  return SPELLINGS.reduce((text, [spelling, own]) => text.replace(spelling, own), id.toLowerCase());
}
