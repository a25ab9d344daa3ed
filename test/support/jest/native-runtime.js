// Loads the product as it is built, and all packages, with Node's own `require`: once for a worker. Jest's would load and
// warm them anew for every test file, which takes three seconds of a processor each. Jest loads the tests themselves.
const { existsSync } = require('node:fs');
const { createRequire } = require('node:module');
const { dirname, join, relative, resolve, sep } = require('node:path');
const { default: Runtime } = require('jest-runtime');

const ROOT = resolve(__dirname, '../../..');
const IS_OF_JEST = /^(@jest\/|jest-|expect$)/;

/** What a source of the product was built to; undefined of every other file. */
function builtFrom(source) {
  const name = relative(ROOT, source);
  if (!name.startsWith(`src${sep}`) && name !== 'ormconfig') return undefined;
  const built = join(ROOT, 'dist', `${name.replace(/\.[jt]s$/, '')}.js`);
  return existsSync(built) ? built : undefined;
}

/** Jest's extension point: every `require` of a test comes here. */
module.exports = class NativeRuntime extends Runtime {
  requireModuleOrMock(from, name) {
    if (name.startsWith('.')) {
      const built = builtFrom(resolve(dirname(from), name));
      return built === undefined ? super.requireModuleOrMock(from, name) : require(built);
    }
    return IS_OF_JEST.test(name) ? super.requireModuleOrMock(from, name) : createRequire(from)(name);
  }
};
