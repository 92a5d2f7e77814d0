import { isRecord, property } from '../../context/build-context.js';
import type { ImageView } from '../copies.js';
import type { Scene } from './recipe.js';

/** Programs of packages that are called otherwise. */
export const PACKAGE_OF: ReadonlyMap<string, string> = new Map([
  ['pm2-runtime', 'pm2'],
  ['nest', '@nestjs/cli'],
  ['remix-serve', '@remix-run/serve'],
  ['react-router-serve', '@react-router/serve'],
  ['dotenv', 'dotenv-cli'],
  ['sequelize', 'sequelize-cli'],
  ['strapi', '@strapi/strapi'],
  ['medusa', '@medusajs/medusa'],
  ['ws', 'local-web-server'],
]);

/** A package.json in the image, with what is known around it. */
export class NodeProject {
  readonly scene: Scene;
  readonly folder: string;
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly view: ImageView;

  constructor(scene: Scene, folder: string, manifest: Readonly<Record<string, unknown>>, view: ImageView) {
    this.scene = scene;
    this.folder = folder;
    this.manifest = manifest;
    this.view = view;
  }

  /** The packages that a field such as `dependencies` names. */
  names(field: string): readonly string[] {
    const value = property(this.manifest, field);
    return isRecord(value) ? Object.keys(value) : [];
  }

  get production(): readonly string[] {
    return [...this.names('dependencies'), ...this.names('optionalDependencies')];
  }

  /** Whether a RUN installs the package of a program for the whole image. */
  isGlobal(program: string): boolean {
    const name = PACKAGE_OF.get(program) ?? program;
    return [...this.scene.runs, ...this.scene.later].some((run) =>
      run.globals.some(({ operands }) => operands.some(({ value = '' }) => value.replace(/(?<=.)@.*$/, '') === name)),
    );
  }

  /** Whether its lock file is one of Yarn 2 or later. */
  isBerry(): boolean {
    return this.view.read(`${this.folder}/yarn.lock`)?.includes('__metadata:') === true;
  }
}
