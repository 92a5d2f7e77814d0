/** What `dfix compose` is listed as. It is no transform: a Compose file is no Dockerfile. */
export const LIMIT_COMPOSE = {
  name: 'limit-compose-resources',
  summary: 'Limits memory and processors of the services of Compose files (dfix compose)',
  category: 'correctness',
  related: [],
} as const;
