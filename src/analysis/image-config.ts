import type { Dockerfile } from '../dockerfile/dockerfile.js';
import type { Instruction } from '../dockerfile/instruction.js';
import type { Stage } from '../dockerfile/stage.js';
import { expandValue } from '../dockerfile/variables.js';
import { baseFacts } from './base-images.js';
import { type BuildState, initialState, lookupIn, normalizePath, stateAfter } from './state.js';

/** The fields of an image's configuration, and `base`. */
export const CONFIG_FIELDS = [
  'author',
  'base',
  'cmd',
  'entrypoint',
  'env',
  'expose',
  'healthcheck',
  'labels',
  'onbuild',
  'shell',
  'stopsignal',
  'user',
  'volumes',
  'workdir',
] as const;

/** A field of the image's configuration, and `base` for the image that it starts from. */
export type ConfigField = (typeof CONFIG_FIELDS)[number];

/**
 * The configuration that a stage ends with, as comparable text. What a file does not tell (the values of the base
 * image, of build arguments) stands in it as it is written, so equal text means equal configuration.
 */
export type ImageConfig = Readonly<Record<ConfigField, string>>;

interface Fields {
  base: string;
  author: string;
  cmd: string;
  cmdIsOwn: boolean;
  entrypoint: string;
  healthcheck: string;
  stopsignal: string;
  user: string;
  workdir: string;
  env: Map<string, string>;
  labels: Map<string, string>;
  expose: Set<string>;
  volumes: Set<string>;
  onbuild: string[];
}

const configs = new WeakMap<Stage, ImageConfig>();

/** The configuration of the last stage; undefined when there is none. */
export function finalConfig(dockerfile: Dockerfile): ImageConfig | undefined {
  const stage = dockerfile.finalStage;
  return stage === undefined ? undefined : stageConfig(dockerfile, stage);
}

/** The configuration of a stage of the file. */
export function stageConfig(dockerfile: Dockerfile, stage: Stage): ImageConfig {
  let config = configs.get(stage);
  if (config === undefined) {
    config = configOf(dockerfile, stage);
    configs.set(stage, config);
  }
  return config;
}

/** Whether an instruction has a say in the configuration of an image. */
export function touchesConfig(instruction: Instruction): boolean {
  const { keyword } = instruction;
  return keyword !== 'RUN' && keyword !== 'COPY' && keyword !== 'ADD';
}

function configOf(dockerfile: Dockerfile, stage: Stage): ImageConfig {
  const { fields, state } = evaluate(dockerfile, stage);
  return {
    base: fields.base,
    author: fields.author,
    cmd: fields.cmd,
    entrypoint: fields.entrypoint,
    healthcheck: fields.healthcheck,
    stopsignal: fields.stopsignal,
    user: fields.user,
    workdir: fields.workdir,
    env: JSON.stringify([...fields.env]),
    labels: JSON.stringify([...fields.labels].sort()),
    expose: JSON.stringify([...fields.expose].sort()),
    volumes: JSON.stringify([...fields.volumes].sort()),
    onbuild: JSON.stringify(fields.onbuild),
    shell: JSON.stringify(state.shell.words),
  };
}

/** The fields in which two configurations differ. */
export function changedFields(before: ImageConfig, after: ImageConfig): readonly ConfigField[] {
  return CONFIG_FIELDS.filter((field) => before[field] !== after[field]);
}

function evaluate(dockerfile: Dockerfile, stage: Stage): { readonly fields: Fields; readonly state: BuildState } {
  let fields: Fields;
  let state: BuildState;
  if (stage.base.kind === 'stage') {
    ({ fields, state } = evaluate(dockerfile, stage.base.stage));
    fields.cmdIsOwn = false;
  } else {
    const facts = baseFacts(stage.base);
    state = initialState(facts, dockerfile.escape);
    fields = {
      base: `${stage.from.flag('platform') ?? ''} ${stage.base.kind === 'scratch' ? 'scratch' : stage.imageWord.text}`,
      author: '',
      cmd: 'inherited',
      cmdIsOwn: false,
      entrypoint: 'inherited',
      healthcheck: 'inherited',
      stopsignal: 'inherited',
      user: facts.user ?? 'inherited',
      workdir: facts.workdir ?? 'inherited',
      env: new Map(),
      labels: new Map(),
      expose: new Set(),
      volumes: new Set(),
      onbuild: [],
    };
  }
  for (const instruction of stage.instructions) {
    apply(fields, instruction, state, dockerfile.escape);
    state = stateAfter(state, instruction, dockerfile.escape);
  }
  return { fields, state };
}

function apply(fields: Fields, instruction: Instruction, state: BuildState, escape: string): void {
  const text = instruction.argumentsText;
  // What nobody knows stands for itself, in one way of writing.
  const expand = (value: string): string =>
    expandValue(value, escape, lookupIn(state), ({ name, modifier }) => `\${${name}${modifier}}`) ?? value;
  switch (instruction.keyword) {
    case 'MAINTAINER':
      fields.author = text;
      break;
    case 'CMD':
      fields.cmd = commandOf(instruction, state);
      fields.cmdIsOwn = true;
      break;
    case 'ENTRYPOINT':
      fields.entrypoint = commandOf(instruction, state);
      // An ENTRYPOINT resets the CMD of the base image, not one of its own stage.
      if (!fields.cmdIsOwn) fields.cmd = 'none';
      break;
    case 'HEALTHCHECK': {
      const flags = instruction.flags.map((flag) => flag.text).sort();
      const type = instruction.healthcheckType?.text.toUpperCase() ?? '';
      fields.healthcheck = JSON.stringify([type, flags, commandOf(instruction, state)]);
      break;
    }
    case 'STOPSIGNAL':
      fields.stopsignal = expand(text);
      break;
    case 'USER':
      fields.user = expand(text);
      break;
    case 'WORKDIR': {
      const path = expand(text);
      const isAbsolute = path.startsWith('/') || path.startsWith('${');
      fields.workdir = isAbsolute ? normalizePath(path) : joinPath(fields.workdir, path);
      break;
    }
    case 'ENV':
      for (const pair of instruction.pairs) fields.env.set(pair.name, expand(pair.value));
      break;
    case 'LABEL':
      for (const pair of instruction.pairs) fields.labels.set(expand(pair.name), expand(pair.value));
      break;
    case 'EXPOSE':
      for (const word of instruction.words) fields.expose.add(normalizePort(expand(word.text)));
      break;
    case 'VOLUME':
      for (const word of instruction.words) fields.volumes.add(expand(word.text));
      break;
    case 'ONBUILD':
      fields.onbuild.push(text.replace(/\s+/g, ' '));
      break;
    default:
  }
}

/** A path below another one; the folder of an unknown base image is not absolute. */
function joinPath(folder: string, path: string): string {
  const joined = normalizePath(`${folder}/${path}`);
  return folder.startsWith('/') ? joined : joined.slice(1);
}

function commandOf(instruction: Instruction, state: BuildState): string {
  const exec = instruction.exec?.map((word) => word.value);
  if (exec !== undefined) return JSON.stringify(exec);
  return JSON.stringify([...state.shell.words, instruction.logical.slice(instruction.commandSpan)]);
}

function normalizePort(text: string): string {
  return text.includes('/') ? text.toLowerCase() : `${text}/tcp`;
}
