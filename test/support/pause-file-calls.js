// Preloaded with `node --require` to stop a process before a certain one of the calls that change files, so that a test can
// kill it there: PAUSE_BEFORE is the number of the call, from 1. A copy is stopped with half of it written.
const { closeSync, openSync, readFileSync, writeSync } = require('node:fs');
const promises = require('node:fs/promises');

const pauseBefore = Number(process.env.PAUSE_BEFORE);
let calls = 0;

const gate = (name, half = () => undefined) => {
  calls += 1;
  if (calls !== pauseBefore) return;
  half();
  writeSync(1, `paused before ${name}\n`);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
};
const { copyFile, rename, rm, open } = promises;
promises.copyFile = (from, to, mode) => {
  gate('copy', () => {
    const bytes = readFileSync(from);
    const file = openSync(to, 'w', 0o600);
    writeSync(file, bytes.subarray(0, bytes.length / 2));
    closeSync(file);
  });
  return copyFile(from, to, mode);
};
promises.rename = (...args) => (gate('rename'), rename(...args));
promises.rm = (...args) => (gate('rm'), rm(...args));
promises.open = async (...args) => {
  const handle = await open(...args);
  for (const name of ['write', 'sync', 'chown', 'close']) {
    const call = handle[name].bind(handle);
    handle[name] = (...given) => (gate(name), call(...given));
  }
  return handle;
};
