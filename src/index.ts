/**
 * dfix as a library: a function from the text of a Dockerfile to its rewritten text, with the reasons beside it.
 *
 * @module
 */
export * from './browser.js';
export { type ContextSource, openContext } from './context/open-context.js';
