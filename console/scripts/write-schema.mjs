// Writes src/api/schema.ts, the types of the API, from docs/openapi.json; with --check only says whether it is as it should be.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';

const schema = fileURLToPath(new URL('../src/api/schema.ts', import.meta.url));
const tree = await openapiTS(new URL('../../docs/openapi.json', import.meta.url), { alphabetize: true });
const text = `// Written by "npm run docs" from docs/openapi.json.\n\n${astToString(tree)}`;

if (!process.argv.includes('--check')) writeFileSync(schema, text);
else if (readFileSync(schema, 'utf8') !== text) {
  console.error('console/src/api/schema.ts is not what docs/openapi.json says: run "npm run docs".');
  process.exitCode = 1;
}
