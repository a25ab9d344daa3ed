// Writes the bill of materials of what the product runs with, as CycloneDX, to sbom.cdx.json or the file that is named.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { productionPackages } from './production-packages.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const file = process.argv[2] ?? join(root, 'sbom.cdx.json');
const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const args = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'];
const sbom = JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }));
// npm calls the product what the directory is called.
sbom.metadata.component.name = name;

// `--omit dev` of npm 11 also leaves out what both the product and a tool of development need, so the choice is made here.
const wanted = new Set(productionPackages(root).map((one) => `pkg:npm/${one.name}@${one.version}`));
const nameOf = ({ purl }) => decodeURIComponent(purl).replace(/[?#].*$/, '');
sbom.components = sbom.components.filter((component) => wanted.has(nameOf(component)));
// To npm, what is built into the page of the console is a tool of development.
for (const component of sbom.components)
  component.properties = component.properties?.filter(
    ({ name: property }) => property !== 'cdx:npm:package:development',
  );
const kept = new Set([sbom.metadata.component['bom-ref'], ...sbom.components.map((component) => component['bom-ref'])]);
sbom.dependencies = sbom.dependencies
  .filter(({ ref }) => kept.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => kept.has(one)) }));
const listed = new Set(sbom.components.map(nameOf));
const missing = [...wanted].filter((one) => !listed.has(one));
if (missing.length > 0) {
  console.error(`npm left out ${missing.join(', ')}`);
  process.exit(1);
}
writeFileSync(file, `${JSON.stringify(sbom, undefined, 2)}\n`);
console.log(`${sbom.components.length} components of ${name} ${version} in ${file}`);
