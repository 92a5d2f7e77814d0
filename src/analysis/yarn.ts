/** What shows that a file uses Yarn 2 or later, whose cache may be what the program runs from. */
export const YARN_BERRY =
  /\.yarnrc\.yml|\.pnp\.|\.yarn\/|yarn\s+set\s+version|yarn@(?:[2-9]|berry|stable)|corepack|--immutable|workspaces\s+focus/;
