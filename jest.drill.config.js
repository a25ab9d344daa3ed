/** Three replicas and three storages among kills and outages: `npm run test:drill`. @type {import('jest').Config} */
module.exports = {
  ...require('./jest.config.js'),
  roots: ['<rootDir>/test/drill'],
  testRegex: String.raw`\.drill\.ts$`,
  testTimeout: 7_200_000,
};
