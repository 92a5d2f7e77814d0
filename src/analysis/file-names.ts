/** Endings of files that ADD unpacks, or may unpack. */
const ARCHIVE = /\.(?:tar|tgz|tbz2?|txz|tzst|tlz|gz|bz2|xz|zst|lz|lzma|Z)$|\.tar\./i;

/**
 * Endings of files that are no archive that ADD unpacks: it knows tar, plain or compressed, and nothing else. A `.gem`
 * and an Alpine `.apk` are tar archives.
 */
const PLAIN =
  /\.(?:deb|dll|der|egg|exe|gif|jks|keystore|msi|p12|pdf|pfx|rpm|so|webp|whl|woff2?|zip|asc|bash|bashrc|bat|c|cc|cert|cfg|cgi|cmake|cnf|conf|config|cpp|crt|cs|csproj|css|csv|cron|desktop|dist|dockerfile|editorconfig|ejs|el|env|erb|erl|ex|exs|fish|go|gpg|gradle|gypi?|h|hcl|hpp|hs|htm|html|ico|in|inc|ini|ipynb|j2|jar|java|jpe?g|js|json5?|jsonc|jsx|key|kts?|less|lock|lua|m4|makefile|md|mjs|mod|npmrc|patch|pem|php|pl|plist|pm|png|policy|properties|ps1|pub|py|pyx|R|rb|repo|rs|rst|rules|s|scala|scss|service|sh|sln|socket|sql|sqlite|srl|sum|svg|swift|tcl|template|tf|timer|tmpl|toml|ts|tsx|ttf|txt|unit|vim|vue|war|xml|xsd|xslt?|ya?ml|yarnrc|zsh|zshrc)$/i;

/** Names without an ending that everybody uses for text files. */
const PLAIN_NAMES =
  /^(?:Brewfile|Cargo\.lock|CHANGELOG|COPYING|Dockerfile|Gemfile|Gemfile\.lock|LICENSE|Makefile|Pipfile|Procfile|Rakefile|README|VERSION|Vagrantfile|crontab|entrypoint|docker-entrypoint|gradlew|mvnw|authorized_keys|known_hosts|hosts|passwd|sudoers|requirements|start|sources\.list)$/;

/** Names of text files or of folders, such as `.npmrc` and `src`: no archive either way. */
const PLAIN_OR_FOLDER = /^(?:\.?[a-z]*(?:ignore|rc|env)|run)$/;

/** Whether ADD unpacks a file of this name, or may. */
export function isArchiveName(name: string): boolean {
  return ARCHIVE.test(name);
}

/** Whether what has this name is no archive: a file of another kind, or a folder. */
export function isPlainName(name: string): boolean {
  return PLAIN.test(name) || PLAIN_NAMES.test(name) || PLAIN_OR_FOLDER.test(name);
}

/** Whether what has this name is a file and no folder, as far as a name can tell. */
export function isFileName(name: string): boolean {
  return PLAIN.test(name) || PLAIN_NAMES.test(name) || ARCHIVE.test(name);
}
