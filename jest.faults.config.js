/** Slow tests that kill things: `npm run test:faults`, and in a shorter form `.ci/run`. @type {import('jest').Config} */
module.exports = {
  ...require('./jest.config.js'),
  roots: ['<rootDir>/test/faults'],
  testRegex: String.raw`\.fault\.ts$`,
};
