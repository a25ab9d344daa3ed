// Preloaded with `node --require` by tests that run a piece of the product in a process of its own, to kill it: compiles
// TypeScript on the way in, as Jest does.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { transformSync } = require('@swc/core');

require.extensions['.ts'] = (module, filename) => {
  const configFile = join(__dirname, '../../.swcrc');
  module._compile(transformSync(readFileSync(filename, 'utf8'), { filename, configFile }).code, filename);
};
