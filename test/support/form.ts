/** Whether this is the long form, `npm run test:long`: all that `npm test` runs, and what would take too long for each change. */
export const isLong = process.env['TEST_FORM'] === 'long';

interface LongTest {
  (name: string, test: jest.ProvidesCallback): void;
  readonly each: jest.Each;
}

/**
 * `it` of the long form alone: for a promise that a cheaper test guards, too, or one of the shapes, faults or attacks that
 * `.ci/run` tries. A file of which all is long is called `*.long.spec.ts`, `*.long.e2e.ts` or `*.long.fault.ts`.
 */
export const itLong: LongTest = isLong ? it : Object.assign(() => undefined, { each: () => () => undefined });
