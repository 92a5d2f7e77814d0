import { officialImageName } from '../../dockerfile/image-reference.js';
import type { Instruction } from '../../dockerfile/instruction.js';
import type { Stage } from '../../dockerfile/stage.js';
import type { KnownValue } from '../../shell/known-values.js';
import type { Analysis } from '../analysis.js';
import { lookupIn } from '../state.js';
import { lookUp } from '../../text/table.js';

/** Variables that official images set, with the places that their Dockerfiles give them in every tag. */
const SET_BY_IMAGES: Readonly<Record<string, ReadonlyMap<string, string>>> = {
  golang: new Map([['GOPATH', '/go']]),
  rust: new Map([['CARGO_HOME', '/usr/local/cargo']]),
  tomcat: new Map([['CATALINA_HOME', '/usr/local/tomcat']]),
  php: new Map([['PHP_INI_DIR', '/usr/local/etc/php']]),
};

function setByImage({ base }: Stage): ReadonlyMap<string, string> {
  const name = base.kind === 'image' ? officialImageName(base.image) : undefined;
  return lookUp(SET_BY_IMAGES, name) ?? new Map();
}

/** Images that run what they build: the other stage has their variables as well. */
const RUNS_ITSELF = /^(?:tomcat|php)$/;

/** The names of the variables that a stage sets, or its base image and the image that runs bring. */
export function variablesOf(stage: Stage): ReadonlySet<string> {
  const names = stage.instructions.flatMap(({ keyword, pairs }) =>
    keyword === 'ENV' || keyword === 'ARG' ? pairs.map(({ name }) => name) : [],
  );
  const image = stage.base.kind === 'image' ? officialImageName(stage.base.image) : undefined;
  return new Set([...names, ...(RUNS_ITSELF.test(image ?? '') ? setByImage(stage).keys() : [])]);
}

/** Programs whose commands are repeated as they stand, together with the arguments that they take. */
const TAKES_ARGUMENTS = /^(?:mkdir|chown|chgrp|chmod|touch)$/;

/** What the variables of a stage hold at a RUN. The default of an argument counts only where another value may follow. */
export function knownValues(analysis: Analysis, stage: Stage, instruction: Instruction): KnownValue {
  const lookup = lookupIn(analysis.stateBefore(instruction));
  const brought = setByImage(stage);
  const before = stage.instructions.filter(({ index }) => index < instruction.index);
  return (name, program) => {
    const isSet = before.some(({ keyword, pairs }) => keyword === 'ENV' && pairs.some((pair) => pair.name === name));
    const value = isSet ? lookup(name) : brought.get(name);
    if (isSet || value !== undefined || !TAKES_ARGUMENTS.test(program)) return value ?? undefined;
    const pairs = before.flatMap((one) => (one.keyword === 'ARG' ? one.pairs : []));
    return pairs.findLast((pair) => pair.name === name)?.value;
  };
}
