import { z } from 'zod';
import { MODES } from './settings.js';
import { transforms } from './transforms/index.js';

const names = (what: string): z.ZodType<readonly string[]> => z.array(z.string()).describe(what);

const transformSettings = z
  .record(
    z.string(),
    z.union([z.enum(MODES), z.record(z.string(), z.string())], {
      error: 'it is neither off, safe nor on, nor a mapping of parameters',
    }),
  )
  .describe('By the name of a transform, or the id of another tool. Parameters stand for on');

const settings = {
  unsafe: z.boolean().optional().describe('Apply fixes that may change behaviour too'),
  transforms: transformSettings.optional(),
};

/** What a configuration file holds. */
export const configSchema = z.strictObject({
  $schema: z.string().optional(),
  plugins: names('Modules with transforms of their own, relative to this file').optional(),
  root: z.boolean().optional().describe('Do not look for configurations in folders above'),
  extends: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe('Files that this one starts from, relative to it; later ones win'),
  ...settings,
  overrides: z
    .array(z.strictObject({ files: names('Patterns as in .gitignore, relative to this file'), ...settings }))
    .optional()
    .describe('Settings for some files; later ones win'),
  policy: z
    .strictObject({
      'no-ignore': names('Transforms that no comment in a Dockerfile silences').optional(),
      'allowed-registries': names('Registries that images may come from; images of others are reported').optional(),
    })
    .optional(),
});

/** What a configuration file says. */
export type Config = z.infer<typeof configSchema>;

/** The JSON Schema of a configuration file, with the transforms and their parameters by name. */
export function configJsonSchema(): unknown {
  const schema = z.toJSONSchema(configSchema, { target: 'draft-7' });
  const byName = Object.fromEntries(
    transforms.map(({ name, summary, params = [] }) => {
      const own = params.map((param): readonly [string, unknown] => [
        param.name,
        { type: 'string', description: param.summary, pattern: `^(?:${param.values.source})$` },
      ]);
      const properties: Readonly<Record<string, unknown>> = Object.fromEntries(own);
      const parameters = { type: 'object', properties, additionalProperties: false };
      const mode = { type: 'string', enum: MODES };
      return [name, { description: summary, ...(own.length === 0 ? mode : { anyOf: [mode, parameters] }) }];
    }),
  );
  const description = transformSettings.description;
  const setting = {
    type: 'object',
    description,
    properties: byName,
    // Ids of other tools, and the transforms of plugins with their parameters.
    additionalProperties: {
      anyOf: [
        { type: 'string', enum: MODES },
        { type: 'object', additionalProperties: { type: 'string' } },
      ],
    },
  };
  return replaceTransforms({ title: 'The configuration of dfix', ...schema }, setting);
}

/** Puts the transforms by name wherever the schema has a `transforms`. */
function replaceTransforms(value: unknown, setting: Readonly<Record<string, unknown>>): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => replaceTransforms(one, setting));
  if (typeof value !== 'object' || value === null) return value;
  const entries: (readonly [string, unknown])[] = Object.entries(value);
  return Object.fromEntries(
    entries.map(([key, inner]) => [key, key === 'transforms' ? setting : replaceTransforms(inner, setting)]),
  );
}
