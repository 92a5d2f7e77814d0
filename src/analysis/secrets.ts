/**
 * Names that say that a value is secret. Source: the check SecretsUsedInArgOrEnv of BuildKit, whose words are these;
 * `public` takes them back.
 */
const SECRET =
  /(?:^|_|-)(?:api_?key|auth|credentials?|key|password|pword|passwd|pwd|secret|token)(?:$|_|-)|(?:api_?key|password|passwd|secret|token)$/i;

const HARMLESS =
  /public|keyring|keyserver|ide_?key|(?<!access_?)key_?id$|_file$|_path$|_dir$|_url$|_ttl$|_name$|_size$|_length$|_expir\w*$|_type$|_server$|_version$|_host(?:name)?$|_port$|_user(?:name)?$|_email$|_realm$|_method$|_mode$|_provider$|_enabled$|_fingerprint$|gpg_?key|^(?:key|auth)$/i;

/** Whether a variable is called like something that nobody may read. */
export function isSecretName(name: string): boolean {
  return SECRET.test(name) && !HARMLESS.test(name);
}

/** Values that stand for one that is given later. */
const PLACEHOLDER =
  /^$|^(?:x+|\*+|0+|-|none|null|nil|unset|not-?set|ignored|empty|dummy|example|todo|changeme|change[-_]?it|change[-_]?me|replace[-_]?me|secret|password|token|<.*>|your[-_ ].*|\.\.\.)$/i;

/** Whether a value is none that anybody could use. */
export function isPlaceholder(value: string): boolean {
  return PLACEHOLDER.test(value.replace(/^["']|["']$/g, ''));
}
