// Imported before anything else by each program, because an older Node.js fails in the middle of loading the rest.
// 24.11 is the first release of the 24 line with long-term support; `engines` in package.json says the same.
const NEEDED: readonly [major: number, minor: number] = [24, 11];

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1])) {
  process.stderr.write(
    `berkut-scc-backups needs Node.js ${NEEDED.join('.')} or newer, this is ${process.versions.node}. ` +
      'docs/install.md says where to get it.\n',
  );
  process.exit(1);
}
