// Tests and what they test live in one realm, because the product is not loaded by Jest (native-runtime.js): an Error, a
// Date or an array of a test must be one for the product, too.
const vm = require('node:vm');
const { TestEnvironment } = require('jest-environment-node');

const ours = new WeakSet();

// Node has no object for its own realm. Jest's functions are compiled in it when no other realm is named.
const { compileFunction } = vm;
vm.compileFunction = (code, parameters, { parsingContext, ...options } = {}) =>
  compileFunction(code, parameters, ours.has(parsingContext) ? options : { ...options, parsingContext });
const { runInContext } = vm.Script.prototype;
vm.Script.prototype.runInContext = function (context, options) {
  return ours.has(context) ? this.runInThisContext(options) : runInContext.call(this, context, options);
};

/** Node's own globals. Variables of the environment and the console are as they were when the next file begins. */
module.exports = class OneRealmEnvironment extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    this.global = globalThis;
    ours.add(this.context);
    this.before = { console: globalThis.console, variables: { ...process.env } };
  }

  async teardown() {
    await super.teardown();
    globalThis.console = this.before.console;
    for (const name of Object.keys(process.env)) if (!(name in this.before.variables)) delete process.env[name];
    Object.assign(process.env, this.before.variables);
  }
};
