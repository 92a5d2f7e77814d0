/** How `dfix verify` reports. Apart from the command, which loads all that builds. */
export const VERIFY_FORMATS = ['table', 'json', 'markdown'] as const;

export type VerifyFormat = (typeof VERIFY_FORMATS)[number];
