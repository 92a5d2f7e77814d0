/**
 * What dfix tests its own transforms with, for those who write more. It needs no test runner: a test throws.
 *
 * @module
 */
export { checkFixture, type Shape, shapesOf } from './check-fixture.js';
export { type Fixture, readFixtures } from './fixture.js';
export { FixtureError, type FixtureTest, fixtureTests } from './fixture-tests.js';
export { runAlone, type RunAlone } from './run-alone.js';
export { saidAbout } from './said.js';
