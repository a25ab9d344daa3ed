const { availableParallelism } = require('node:os');

const isLong = process.env.TEST_FORM === 'long';

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/src', '<rootDir>/console/src', '<rootDir>/test'],
  testRegex: String.raw`\.(spec|e2e)\.ts$`,
  testPathIgnorePatterns: ['/node_modules/', ...(isLong ? [] : [String.raw`\.long\.(spec|e2e|fault)\.ts$`])],
  transform: { '^.+\\.ts$': '@swc/jest' },
  // What is imported when it is used is named as Node finds it once it is built.
  moduleNameMapper: { '/storage/s3/s3-storage\\.js$': '<rootDir>/src/engine/storage/s3/s3-storage.ts' },
  moduleFileExtensions: ['ts', 'js', 'json'],
  // They wait for disks and programs, too.
  maxWorkers: Math.ceil(availableParallelism() * 1.5),
  testTimeout: 600_000,
  // What a file leaves behind (module registries, timers of histograms) makes every program that a worker starts later dearer.
  workerIdleMemoryLimit: '250MB',
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
};
