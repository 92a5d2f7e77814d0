import type { Transform } from '../transforms/transform.js';
import type { Fixture } from './fixture.js';
import { runAlone } from './run-alone.js';

/** Everything that a transform says about a fixture, with the places, for a snapshot. */
export function saidAbout(transform: Transform, fixture: Fixture): readonly Readonly<Record<string, unknown>>[] {
  const { changes, files, declines, offers, reports } = runAlone(transform, fixture.before, fixture);
  const at = ({ line, column, message }: { line: number; column: number; message: string }): object => ({
    at: `${line}:${column}`,
    message,
  });
  return [
    ...changes.map((change) => ({ ...at(change), applicability: change.applicability, checked: change.checked })),
    ...files.map((file) => ({
      ...at(file),
      applicability: file.applicability,
      checked: file.checked,
      path: file.path,
      after: file.after.split('\n'),
    })),
    ...declines.map((decline) => ({ ...at(decline), declined: decline.reason, detail: decline.detail })),
    ...offers.map((offer) => ({ ...at(offer), applicability: offer.applicability, checked: offer.checked })),
    ...reports.map((report) => ({ ...at(report), advice: report.advice })),
  ];
}
