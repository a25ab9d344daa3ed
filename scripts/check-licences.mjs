// Fails when a package that the product runs with has a licence that is not on the list, or none. Another directory than this
// checkout may be named.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { productionPackages } from './production-packages.mjs';

const root = process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '..');

/** Licences that ask for a notice at most, by their SPDX names. */
const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Python-2.0',
  'Unlicense',
]);

/** True when an SPDX expression of names, AND, OR and brackets can be met with licences of the list alone. */
function isAllowed(expression) {
  const words = expression.match(/\(|\)|[^\s()]+/g) ?? [];
  let next = 0;
  const either = () => {
    let result = both();
    while (words[next] === 'OR') {
      next += 1;
      const other = both();
      result = result || other;
    }
    return result;
  };
  const both = () => {
    let result = one();
    while (words[next] === 'AND') {
      next += 1;
      const other = one();
      result = result && other;
    }
    return result;
  };
  const one = () => {
    const word = words[next++];
    if (word !== '(') return ALLOWED.has(word);
    const result = either();
    return words[next++] === ')' && result;
  };
  return either() && next === words.length;
}

const counts = new Map();
for (const { directory, name, version } of productionPackages(root)) {
  const { license, licenses } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  // Old packages have an object, or a list of objects of which one may be chosen.
  const given = license?.type ?? license ?? licenses?.map(({ type }) => type).join(' OR ') ?? '';
  counts.set(given, (counts.get(given) ?? 0) + 1);
  if (isAllowed(given)) continue;
  console.error(`${name}@${version}: ${given === '' ? 'no licence' : given} is not on the list`);
  process.exitCode = 1;
}
const sorted = [...counts].sort(([, a], [, b]) => b - a);
console.log(
  `licences: ${sorted.map(([licence, count]) => `${licence === '' ? 'none' : licence} ${count}`).join(', ')}`,
);
if (sorted.length === 0) {
  console.error('there are no packages: run "npm run setup"');
  process.exitCode = 1;
}
