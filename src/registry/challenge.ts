/** What a registry asks for before it answers. */
export type Challenge =
  | { readonly scheme: 'basic' }
  | {
      readonly scheme: 'bearer';
      readonly realm: string;
      readonly service: string | undefined;
      readonly scope: string | undefined;
    };

/** A word, and behind it the value where it is the name of a parameter. It passes over each character a few times at most. */
const WORD = /([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?/g;

/** https://www.rfc-editor.org/rfc/rfc6749#section-3.3: several scopes stand in one text, with a space between them. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/;

/**
 * Reads the header WWW-Authenticate, which may hold several challenges; a token is preferred to a password. Undefined
 * where it asks for something else.
 */
export function readChallenge(header: string): Challenge | undefined {
  const schemes = new Map<string, Map<string, string>>();
  let parameters = new Map<string, string>();
  for (const [, word = '', quoted, plain] of header.matchAll(WORD)) {
    const value = quoted?.replace(/\\(.)/g, '$1') ?? plain;
    if (value === undefined) schemes.set(word.toLowerCase(), (parameters = new Map<string, string>()));
    else parameters.set(word.toLowerCase(), value);
  }
  const bearer = schemes.get('bearer');
  const realm = bearer?.get('realm');
  if (realm !== undefined) {
    const scope = bearer?.get('scope');
    const isScope = scope !== undefined && SCOPE.test(scope);
    return { scheme: 'bearer', realm, service: bearer?.get('service'), scope: isScope ? scope : undefined };
  }
  return schemes.has('basic') ? { scheme: 'basic' } : undefined;
}
