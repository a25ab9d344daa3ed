/** Months of the plan's life on a clock that is set: `npm run test:endurance`, and fewer days in `.ci/run`. @type {import('jest').Config} */
module.exports = {
  ...require('./jest.config.js'),
  roots: ['<rootDir>/test/endurance'],
  testRegex: String.raw`\.endurance\.ts$`,
  testTimeout: 7_200_000,
};
