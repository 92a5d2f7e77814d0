import type { ConfigField } from '../analysis/image-config.js';

/** What is known of one path of an image. */
export interface ImageFile {
  readonly type: 'file' | 'folder' | 'link' | 'other';
  /** The bits of the mode, with those for setuid, setgid and sticky. */
  readonly mode: number;
  readonly owner: string;
  /** In bytes. */
  readonly size: number;
  /** The hash of the content, or where a link leads. */
  readonly content: string;
}

/** The fields that an image has, each as text that compares; those of variables and labels by name. */
export interface BuiltConfig {
  readonly env: ReadonlyMap<string, string>;
  readonly labels: ReadonlyMap<string, string>;
  readonly fields: ReadonlyMap<Exclude<ConfigField, 'env' | 'labels' | 'base'>, string>;
  /** The ports that it exposes, such as `8080/tcp`. */
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
}

/** What an image is, as far as it can be told from outside. */
export interface ImageFacts {
  readonly config: BuiltConfig;
  /** In bytes, as the engine says. */
  readonly size: number;
  readonly layers: number;
  /** By their paths, such as `/etc/passwd`. */
  readonly files: ReadonlyMap<string, ImageFile>;
  /** The packages of the system with their versions; undefined where their list is of a kind that dfix does not read. */
  readonly packages: ReadonlyMap<string, string> | undefined;
  readonly users: readonly string[];
}

/** What `inspect` prints of an image, as far as dfix reads it. */
export interface InspectedConfig {
  readonly User?: string | null;
  readonly WorkingDir?: string | null;
  readonly Env?: readonly string[] | null;
  readonly Entrypoint?: unknown;
  readonly Cmd?: unknown;
  readonly ExposedPorts?: Readonly<Record<string, unknown>> | null;
  readonly Volumes?: Readonly<Record<string, unknown>> | null;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly Healthcheck?: unknown;
  readonly StopSignal?: string | null;
  readonly Shell?: unknown;
  readonly OnBuild?: unknown;
}

/** Reads the configuration that an engine prints. What is empty and what is not there are the same. */
export function readConfig(given: InspectedConfig, author: string | undefined): BuiltConfig {
  const env = new Map((given.Env ?? []).map((pair) => splitOnce(pair, '=')));
  const ports = Object.keys(given.ExposedPorts ?? {}).sort();
  const volumes = Object.keys(given.Volumes ?? {}).sort();
  const text = (value: unknown): string => {
    if (value === undefined || value === null || value === '') return '';
    return typeof value === 'string' ? value : JSON.stringify(value);
  };
  return {
    env,
    labels: new Map(Object.entries(given.Labels ?? {})),
    ports,
    volumes,
    fields: new Map([
      ['author', author ?? ''],
      ['cmd', text(given.Cmd)],
      ['entrypoint', text(given.Entrypoint)],
      ['expose', ports.join(' ')],
      ['healthcheck', text(given.Healthcheck)],
      ['onbuild', text(given.OnBuild)],
      ['shell', text(given.Shell)],
      ['stopsignal', text(given.StopSignal)],
      ['user', text(given.User)],
      ['volumes', volumes.join(' ')],
      ['workdir', text(given.WorkingDir)],
    ]),
  };
}

function splitOnce(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
