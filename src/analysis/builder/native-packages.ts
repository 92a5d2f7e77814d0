import { isRecord, property } from '../../context/build-context.js';
import type { Stage } from '../../dockerfile/stage.js';
import type { Analysis } from '../analysis.js';
import type { ImageView } from '../copies.js';
import { isObstacle } from '../installs/installation.js';
import type { Obstacle } from './recipe.js';
import type { RunReading } from './stage-reading.js';

/** Packages of npm with scripts that compile nothing. */
const HARMLESS_SCRIPTS =
  /\/(?:esbuild|core-js(?:-pure)?|fsevents|husky|@swc\/core|protobufjs|es5-ext|unrs-resolver|nodemon|@nestjs\/core|@scarf\/scarf|sharp|msw)$/;

/** Packages of npm that use programs and libraries of the system which no installation brings. */
export const SYSTEM_USERS =
  /^(?:puppeteer|puppeteer-core|playwright|@playwright\/test|gm|imagemagick|pg-native|canvas|wkhtmltopdf|pdf-poppler|libxmljs2?|odbc|oracledb|nodegit)$/;

/** Packages of Python that are Python alone, or do without their compiled parts where nothing can be compiled. */
const PURE: ReadonlySet<string> = new Set(
  'flask requests fastapi starlette uvicorn gunicorn jinja2 click werkzeug itsdangerous markupsafe blinker redis boto3 botocore s3transfer jmespath django djangorestframework django-cors-headers django-filter django-environ celery kombu amqp billiard vine sqlalchemy alembic mako pyyaml six python-dateutil pytz tzdata urllib3 idna certifi charset-normalizer chardet colorama tqdm attrs packaging pip setuptools wheel python-dotenv dotenv environs pydantic-settings email-validator dnspython httpx httpcore h11 anyio sniffio flask-cors flask-restful flask-sqlalchemy flask-migrate flask-login flask-wtf wtforms marshmallow flask-marshmallow pyjwt passlib oauthlib requests-oauthlib pika paho-mqtt prometheus-client prometheus-flask-exporter opentracing jaeger-client structlog loguru rich typer tabulate tenacity beautifulsoup4 soupsieve markdown pygments docutils sphinx mkdocs sentry-sdk pymysql pg8000 psycopg2-binary pymongo elasticsearch slack-sdk stripe twilio openai tornado bottle cherrypy dash whitenoise dj-database-url sqlparse asgiref typing-extensions zipp importlib-metadata toml tomli inflection jsonschema schedule apscheduler cachetools pyasn1 rsa google-auth google-api-core awscli'.split(
    ' ',
  ),
);

/**
 * Why packages of the language may have to be compiled while the stage is built, for which the small image has no
 * compiler; undefined where none has.
 */
export function dependenciesOf(
  runs: readonly RunReading[],
  views: readonly ImageView[],
  language: 'node' | 'python' | 'ruby' | 'java' | 'debian',
): Obstacle | undefined {
  const installs = runs.flatMap((run) => run.installations);
  const globals = runs.flatMap((run) => run.globals);
  const builds = runs.flatMap((run) => run.builds).find(({ tool }) => tool !== 'node' && tool !== 'generator');
  if (builds !== undefined) return { reason: 'unknown-command', detail: `\`${builds.label}\` needs a compiler` };
  if (language === 'java') {
    const [install] = installs;
    return install === undefined
      ? undefined
      : { reason: 'unknown-command', detail: `\`${install.label}\` needs the development kit` };
  }
  if (language === 'node') return nodeObstacle(runs, views);
  if (language === 'python') return pythonObstacle(runs, views);
  const [gem] = [...installs.map(({ label }) => label), ...globals.map(({ manager }) => manager)];
  return gem === undefined ? undefined : { reason: 'unknown-content', detail: `\`${gem}\` may compile gems` };
}

function nodeObstacle(runs: readonly RunReading[], views: readonly ImageView[]): Obstacle | undefined {
  const installs = runs.flatMap((run) => run.installations.filter(({ ecosystem }) => ecosystem === 'node'));
  for (const { label, folder } of installs) {
    if (views.length === 0)
      return {
        reason: 'unknown-content',
        detail: `without the build context nobody can tell whether \`${label}\` compiles a package`,
      };
    for (const view of views) {
      const packages = property(view.parse(`${folder}/package-lock.json`, 'json'), 'packages');
      if (!isRecord(packages))
        return {
          reason: 'unknown-content',
          detail: `no package-lock.json of version 2 tells whether \`${label}\` compiles a package`,
        };
      const system = Object.keys(packages)
        .map((path) => path.replace(/^.*node_modules\//, ''))
        .find((name) => SYSTEM_USERS.test(name));
      if (system !== undefined)
        return { reason: 'unknown-content', detail: `${system} uses libraries or programs of the system` };
      const fromGit = Object.values(packages).find((entry) => {
        const resolved = property(entry, 'resolved');
        return typeof resolved === 'string' && resolved.startsWith('git');
      });
      if (fromGit !== undefined)
        return { reason: 'unknown-content', detail: 'package-lock.json takes a package from git' };
      const native = Object.entries(packages).find(
        ([path, entry]) => property(entry, 'hasInstallScript') === true && !HARMLESS_SCRIPTS.test(path),
      );
      if (native !== undefined)
        return { reason: 'unknown-content', detail: `${native[0].replace(/^.*node_modules\//, '')} may be compiled` };
    }
  }
  return undefined;
}

function pythonObstacle(runs: readonly RunReading[], views: readonly ImageView[]): Obstacle | undefined {
  const names = runs
    .flatMap((run) => run.globals)
    .flatMap(({ manager, operands }) => (manager === 'pip' ? operands.map(({ value = '$' }) => value) : []));
  const installs = runs.flatMap((run) => run.installations.filter(({ ecosystem }) => ecosystem === 'python'));
  for (const { label, reads } of installs) {
    if (!/^pip/.test(label))
      return { reason: 'unknown-content', detail: `nobody can tell whether \`${label}\` compiles a package` };
    for (const view of views) {
      const read = reads?.(view);
      const files = read === undefined || isObstacle(read) ? [] : read.files;
      const texts = files.map((path) => (path.endsWith('.txt') ? view.read(path) : undefined));
      if (texts.length === 0 || texts.includes(undefined))
        return { reason: 'unknown-content', detail: `nobody can read what \`${label}\` installs` };
      for (const text of texts)
        for (const line of (text ?? '').split('\n'))
          // The files that they name are among those that are read.
          if (/^\s*(?:[^\s#-]|-e|--editable|(?:-[rc]|--requirement|--constraint)[\s=]*\w+:\/\/)/.test(line))
            names.push(/git\+|^\s*-/.test(line) ? `(${line.trim()})` : line.trim());
    }
    if (views.length === 0)
      return {
        reason: 'unknown-content',
        detail: `without the build context nobody can tell whether \`${label}\` compiles a package`,
      };
  }
  const hard = names
    .map((name) =>
      name
        .replace(/[\s[=<>~!;@,].*$/s, '')
        .toLowerCase()
        .replace(/_/g, '-'),
    )
    .find((name) => !PURE.has(name));
  return hard === undefined
    ? undefined
    : { reason: 'unknown-content', detail: `nobody here knows whether \`${hard}\` is compiled` };
}

/** Whether a stage names time zones, whose data the newest releases of Debian leave out of their small image. */
export function namesTimeZones(analysis: Analysis, stage: Stage): boolean {
  return stage.instructions.some((instruction) => /\/zoneinfo\b|\bTZ[= ]/.test(analysis.rawText(instruction)));
}
