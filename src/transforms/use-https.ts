import type { Instruction } from '../dockerfile/instruction.js';
import type { ShellBody } from '../shell/body.js';
import { invocationsOf } from '../shell/invocation.js';
import { insertion } from '../text/edit.js';
import type { Span } from '../text/span.js';
import { type Diagnostic, fixed, type Subject, type Transform } from './transform.js';

/** Options of curl and wget whose value is an address that nothing is downloaded from. */
const OTHER_ADDRESS =
  /^(?:-x|--proxy|--preproxy|--socks\S*|-e|--referer|--execute|-H|--header|-d|--data\S*|-A|--user-agent)$/;

/** Names inside a network, and hosts that answer over http only. */
const HTTP_ONLY =
  /^(?:localhost|[^.]*|.*\.(?:local|localhost|localdomain|internal|intranet|lan|corp|home|test|invalid)|(?:[a-z-]+\.)?archive\.ubuntu\.com|(?:security|ports|old-releases)\.ubuntu\.com)$/i;

/**
 * Downloads over https where the file says http. Anybody on the way can change what http brings into an image.
 *
 * Unsafe because the server may not speak https, and an image without ca-certificates cannot check who answers.
 * Addresses with a port, numbers instead of names and names inside a network stay.
 */
export const useHttps: Transform = {
  name: 'use-https',
  summary: 'Downloads over https instead of http',
  category: 'security',
  related: ['kics:avoid_http', 'parfum:curlUseHttpsUrl', 'parfum:wgetUseHttpsUrl'],
  onlyUnsafe: true,
  *check(subject): Iterable<Diagnostic> {
    const { dockerfile, analysis } = subject;
    if (!dockerfile.text.includes('http://')) return;
    for (const instruction of analysis.runsNaming('curl', 'wget')) {
      const body = analysis.body(instruction);
      if (body !== undefined) yield* checkBody(body);
    }
    for (const instruction of dockerfile.all('ADD')) yield* checkAdd(subject, instruction);
  },
};

function* checkBody(body: ShellBody): Iterable<Diagnostic> {
  for (const { program, args } of invocationsOf(body)) {
    if (program !== 'curl' && program !== 'wget') continue;
    for (const [index, word] of args.entries()) {
      const offset = addressAt(word.text);
      if (offset === undefined || OTHER_ADDRESS.test(args[index - 1]?.text ?? '')) continue;
      const end = word.start + offset;
      // The `s` goes behind `http`, wherever the word is cut.
      yield fix(body.sourceSpan(word), word.text, body.endToSource(end), program);
    }
  }
}

function* checkAdd({ dockerfile }: Subject, instruction: Instruction): Iterable<Diagnostic> {
  for (const word of instruction.words.slice(0, -1)) {
    const span = instruction.sourceSpan(word);
    const text = dockerfile.text.slice(span.start, span.end);
    const offset = addressAt(text);
    if (offset !== undefined) yield fix(span, text, span.start + offset, 'ADD');
  }
}

/** The offset behind `http` in a word that is an address of a public server; undefined for any other word. */
function addressAt(text: string): number | undefined {
  const match = /^(["']?http):\/\/([A-Za-z0-9.-]+)(?=[/?"']|$)/.exec(text);
  const host = match?.[2];
  if (match === null || host === undefined || HTTP_ONLY.test(host) || /^[\d.]+$/.test(host)) return undefined;
  return match[1]?.length;
}

function fix(span: Span, text: string, at: number, program: string): Diagnostic {
  const host = /\/\/([^/?"']+)/.exec(text)?.[1] ?? '';
  return fixed(span, `\`${program}\` downloads from ${host} over http, where anybody on the way can change the file`, {
    edits: [insertion(at, 's')],
    applicability: 'unsafe',
    checked: [`assumes that ${host} speaks https and that the image has its certificates`],
    removes: [text],
  });
}
