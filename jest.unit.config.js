const { globalSetup, globalTeardown, ...config } = require('./jest.config.js');

/** Tests beside the code, which need no server: `npm run test:unit`. @type {import('jest').Config} */
module.exports = { ...config, roots: ['<rootDir>/src', '<rootDir>/console/src'], testRegex: String.raw`\.spec\.ts$` };
