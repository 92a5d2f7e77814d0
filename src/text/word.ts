/** Everything up to the blanks on both sides of an offset. */
export function wordAround(text: string, offset: number): string {
  const start = text.slice(0, offset).search(/\S*$/);
  return /^\S*/.exec(text.slice(start))?.[0] ?? '';
}
