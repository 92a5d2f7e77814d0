/** A wrong call: one line for the one who made it. The command ends with exit code 2. */
export class UsageError extends Error {}
