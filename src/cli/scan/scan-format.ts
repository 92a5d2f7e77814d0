export const SCAN_FORMATS = ['text', 'json', 'github-matrix', 'gitlab-child'] as const;

export type ScanFormat = (typeof SCAN_FORMATS)[number];
