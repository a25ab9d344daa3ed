const { availableParallelism } = require('node:os');

const isLong = process.env.TEST_FORM === 'long';

/** @type {import('jest').Config} */
module.exports = {
  // The product as it is built, once for a worker and in the realm of the tests.
  testEnvironment: '<rootDir>/test/support/jest/one-realm-environment.js',
  runtime: '<rootDir>/test/support/jest/native-runtime.js',
  roots: ['<rootDir>/src', '<rootDir>/console/src', '<rootDir>/test'],
  testRegex: String.raw`\.(spec|e2e)\.ts$`,
  testPathIgnorePatterns: ['/node_modules/', ...(isLong ? [] : [String.raw`\.long\.(spec|e2e|fault)\.ts$`])],
  transform: { '^.+\\.ts$': '@swc/jest' },
  moduleFileExtensions: ['ts', 'js', 'json'],
  // They wait for disks and programs, too.
  maxWorkers: Math.ceil(availableParallelism() * 1.5),
  testTimeout: 600_000,
  // What a file leaves behind (timers of histograms) makes every program that a worker starts later dearer.
  workerIdleMemoryLimit: '700MB',
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
};
