import type { Reporter, ReporterOptions } from './reporter.js';

type Load = () => Promise<(options: ReporterOptions) => Reporter>;

/** The formats of `--report`. Each is loaded when it is asked for: most runs need none. */
const LOADERS = {
  json: async () => (await import('./json.js')).jsonReporter,
  jsonl: async () => (await import('./json.js')).jsonLinesReporter,
  sarif: async () => (await import('./sarif.js')).sarifReporter,
  rdjson: async () => (await import('./rdjson.js')).rdjsonReporter,
  junit: async () => (await import('./junit.js')).junitReporter,
  github: async () => (await import('./github.js')).githubReporter,
  'github-summary': async () => (await import('./github-summary.js')).githubSummaryReporter,
  gitlab: async () => (await import('./gitlab.js')).gitlabReporter,
  markdown: async () => (await import('./markdown.js')).markdownReporter,
  'commit-message': async () => (await import('./commit-message.js')).commitMessageReporter,
  csv: async () => (await import('./csv.js')).csvReporter,
  html: async () => (await import('./html.js')).htmlReporter,
  patch: async () => (await import('./patch.js')).patchReporter,
} satisfies Readonly<Record<string, Load>>;

/** In the order of the table, which is that of the documents. */
export const REPORT_FORMATS: readonly string[] = Object.keys(LOADERS);

export type ReportFormat = keyof typeof LOADERS;

/** Whether a word names a format. */
export function isReportFormat(word: string): word is ReportFormat {
  return Object.hasOwn(LOADERS, word);
}

/** The reporter of a format. */
export async function reporterFor(format: ReportFormat, options: ReporterOptions): Promise<Reporter> {
  const make = await LOADERS[format]();
  return make(options);
}
