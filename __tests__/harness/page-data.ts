import type { NamedReview } from '../../src/review-page/data.js';

/** The data in a review page. */
export function pageData(html: string): NamedReview {
  const [, json = ''] = /<script type="application\/json" id="data">([^<]*)<\/script>/.exec(html) ?? [];
  return JSON.parse(json) as NamedReview;
}
