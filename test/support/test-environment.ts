import { TEST_KEY } from './containers';

/** What tokens of tests are signed with. */
export const TEST_SECRET = 'a secret of thirty-two bytes, for tests';

/** Of each service of a test, but for its databases and its storage. */
export const TEST_ENVIRONMENT: Readonly<Record<string, string>> = {
  APP_ENV: 'test',
  BACKUP_ENCRYPTION_KEY: TEST_KEY,
  BERKUT_AUTH_JWT_SECRET: TEST_SECRET,
  BERKUT_HTTP_PORT: '0',
  BERKUT_MANAGEMENT_PORT: '0',
  // Tests poll without a pause.
  BERKUT_HTTP_REQUESTS_PER_MINUTE: '1000000',
  BERKUT_SCHEDULER_ENABLED: 'false',
};
