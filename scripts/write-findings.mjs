// Writes docs/findings.md from the table that the built service says its findings by. A test beside the table compares the two.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { FINDINGS } from '../dist/src/engine/findings/finding-table.js';

const file = join(dirname(fileURLToPath(import.meta.url)), '..', 'docs', 'findings.md');

const INTRODUCTION = `# Findings

<!-- Made by \`npm run docs\` from src/engine/findings. -->

Everything that the check before a restore and \`bscc doctor\` can find, by code. A **problem** stops a restore, or keeps the service from doing
its work. A **warning** stops nothing. Programs should read the code, because the words may become better. Names of what was found stand in
braces here; \`names\` of a finding has them one by one. What to do about it follows an arrow, where the words do not say so.

\`bscc doctor --json\` has the code of each check that has found something. A restore run has its findings in \`meta_json.compatibility.findings\`, and those that stopped it in \`details.findings\` of the failed step
([api.md](api.md#findings)).
`;

const lines = [INTRODUCTION];
let area = '';
for (const [code, { sentence, advice }] of Object.entries(FINDINGS)) {
  const [first] = code.split('.');
  if (first !== area) lines.push(`\n## ${first.replaceAll('_', ' ')}\n\n`);
  area = first;
  lines.push(`- \`${code}\`: ${sentence}${advice === undefined ? '' : ` → ${advice}`}\n`);
}
writeFileSync(file, await format(lines.join(''), { ...(await resolveConfig(file)), parser: 'markdown' }));
