/** Classes of attack on the running service: `npm run test:attack`, and in a shorter form `.ci/run`. @type {import('jest').Config} */
module.exports = {
  ...require('./jest.config.js'),
  roots: ['<rootDir>/test/attack'],
  testRegex: String.raw`\.attack\.ts$`,
  // An attack that makes a test wait for ever has succeeded; the long form uploads thousands of files.
  testTimeout: 3_600_000,
};
