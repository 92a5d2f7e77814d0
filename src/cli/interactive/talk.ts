/** Whom a review on the terminal is held with. */
export interface Talk {
  show(text: string): void;
  /** The answer to a question, a line without its end; undefined when there will be no more. */
  ask(question: string): Promise<string | undefined>;
  /** What a person makes of a text in an editor; undefined when the editor fails. */
  edit(text: string): Promise<string | undefined>;
}

/** What can be answered about a hunk, in the order of the question. */
export const ANSWERS = {
  y: 'take this hunk',
  n: 'leave it',
  a: 'take it and all that follow in this file',
  d: 'leave it and all that follow in this file',
  s: 'split it, and ask about each of its changes',
  e: 'edit its new lines',
  q: 'leave it and all that follow, and end; what was taken is written',
  '?': 'show this',
} as const;

export type Answer = keyof typeof ANSWERS;

/** Asks until one of some answers is given; the end of the input is the answer `q`. */
export async function askFor(talk: Talk, question: string, answers: readonly Answer[]): Promise<Answer> {
  for (;;) {
    const line = await talk.ask(`${question} [${answers.join(',')}]? `);
    if (line === undefined) return 'q';
    const answer = answers.find((one) => one === line.trim().toLowerCase());
    if (answer !== undefined && answer !== '?') return answer;
    for (const one of answers) talk.show(`${one} - ${ANSWERS[one]}`);
  }
}
