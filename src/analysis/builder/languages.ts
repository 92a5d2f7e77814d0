import { officialImageName } from '../../dockerfile/image-reference.js';
import type { Scene } from './recipe.js';
import type { RunReading } from './stage-reading.js';

/** A language whose packages are compiled in the builder, and whose sources run as they are. */
export interface Language {
  readonly image: string;
  readonly ecosystem: 'python' | 'ruby';
  readonly manager: RegExp;
  /** Files that only the installation reads. */
  readonly manifests: RegExp;
  /** Programs that a later RUN may use, since the new image has them. */
  readonly programs: RegExp;
  /** Packages that use libraries or programs of the system: those of a `-dev` package, or by their names. */
  readonly libraries: ReadonlyMap<string, string>;
  readonly names: RegExp;
}

export const PYTHON: Language = {
  image: 'python',
  ecosystem: 'python',
  manager: /^pip$/,
  manifests:
    /(?:^|\/)(?:[\w.-]*(?:requirements?|constraints?|reqs?)[\w.-]*(?:\.(?:txt|in)\*?|\*)|requirements|pyproject\.toml\*?|poetry\.(?:lock|toml)\*?|Pipfile(?:\.lock)?\*?|Pipfile\*|setup\.(?:py|cfg)|uv\.lock\*?|README(?:\.\w+)?)$/i,
  programs: /^(?:python[\d.]*|django-admin|flask|alembic|gunicorn|uvicorn|pytest|celery|opentelemetry-bootstrap)$/,
  libraries: new Map([
    ['psycopg2', 'libpq-dev'],
    ['psycopg', 'libpq-dev'],
    ['psycopg-c', 'libpq-dev'],
    ['mysqlclient', 'default-libmysqlclient-dev'],
    ['python-ldap', 'libldap2-dev'],
    ['pycurl', 'libcurl4-openssl-dev'],
    ['cairosvg', 'libcairo2-dev'],
    ['cairocffi', 'libcairo2-dev'],
    ['pycairo', 'libcairo2-dev'],
    ['weasyprint', 'libpango1.0-dev'],
    ['python-magic', 'libmagic-dev'],
    ['xmlsec', 'libxmlsec1-dev'],
    ['pymssql', 'freetds-dev'],
    ['opencv-python', 'libglib2.0-dev'],
    ['opencv-contrib-python', 'libglib2.0-dev'],
    ['pyodbc', 'unixodbc-dev'],
    ['wand', 'libmagickwand-dev'],
    ['lightgbm', 'libgomp1'],
    ['gitpython', 'git'],
  ]),
  names: /^\s*["']?([A-Za-z][\w.-]*)(?=\s*(?:\[|[=<>~!;,"'@]|$))|^name = "([\w.-]+)"/gm,
};

const RUBY: Language = {
  image: 'ruby',
  ecosystem: 'ruby',
  manager: /^(?:gem|bundle)$/,
  manifests: /(?:^|\/)(?:Gemfile\*?|Gemfile\.lock\*?|[\w.-]+\.gemspec|\.ruby-version)$/,
  programs: /^(?:ruby|bundle|rails|rake|bootsnap|rackup|puma|bin\/rails|bin\/rake|yarn|npm|node)$/,
  libraries: new Map([
    ['pg', 'libpq-dev'],
    ['mysql2', 'default-libmysqlclient-dev'],
    ['sqlite3', 'libsqlite3-dev'],
    ['rmagick', 'libmagickwand-dev'],
    ['ruby-vips', 'libvips-dev'],
    ['curb', 'libcurl4-openssl-dev'],
    ['charlock_holmes', 'libicu-dev'],
    ['tiny_tds', 'freetds-dev'],
    ['tzinfo', 'tzdata'],
  ]),
  names: /^\s+([\w-]+) \(/gm,
};

/** The language of the image that a stage starts from. */
export function languageOf({ stage }: Pick<Scene, 'stage'>): Language | undefined {
  const name = stage.base.kind === 'image' ? officialImageName(stage.base.image) : undefined;
  return [PYTHON, RUBY].find(({ image }) => image === name);
}

/** Whether a RUN installs packages of the language. */
export function installsPackages({ installations, globals }: RunReading, { ecosystem, manager }: Language): boolean {
  return installations.some((one) => one.ecosystem === ecosystem) || globals.some((one) => manager.test(one.manager));
}
