/** Environment variable through which global-setup.ts tells where Node keeps what it has compiled. */
export const COMPILED = 'BERKUT_TEST_COMPILED';

/** For the environment of a program of ours. */
export function compileCache(): Readonly<Record<string, string>> {
  const directory = process.env[COMPILED];
  return directory === undefined ? {} : { NODE_COMPILE_CACHE: directory };
}
