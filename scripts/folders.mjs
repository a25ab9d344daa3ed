// The folders of src and what each may import, as docs/folders.md says; ESLint's rule for it, and a check of the whole picture.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const src = join(root, 'src');

const ENTRY = /^- `(?<folder>[^`]+)`: (?<purpose>[^]*?)\.\s+Imports\s+(?<names>nothing|`[^`]+`(?:,\s+`[^`]+`)*)\.$/gm;

/** For each folder of the list, in its order, what it is for and which folders it may import. */
function readEntries() {
  const entries = readFileSync(join(root, 'docs/folders.md'), 'utf8').matchAll(ENTRY);
  return [...entries].map(({ groups: { folder, purpose, names } }) => ({
    folder,
    purpose: purpose.replaceAll(/\s+/g, ' '),
    names: [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
  }));
}

const entries = readEntries();
const mayImport = new Map(entries.map(({ folder, names }) => [folder, names]));
const covers = (name, folder) => folder === name || folder.startsWith(`${name}/`);
const folderOf = (file) => relative(src, dirname(file)) || '.';
const mayReach = (from, to) => from === to || (mayImport.get(from) ?? []).some((name) => covers(name, to));

/** What `from` imports by `specifier`, if that lies in src: an absolute path without extension. */
function targetOf(from, specifier) {
  if (!specifier.startsWith('.')) return undefined;
  const target = resolve(dirname(from), specifier);
  return target.startsWith(`${src}/`) ? target : undefined;
}

/** ESLint: a file imports only what the entry of its folder names. */
export const mayImportRule = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const check = (node) => {
      const from = context.filename;
      const target = node.source && targetOf(from, node.source.value);
      if (target === undefined || target === null || mayReach(folderOf(from), folderOf(target))) return;
      context.report({ node, message: `${folderOf(from)} may not import ${folderOf(target)}: see docs/folders.md.` });
    };
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check };
  },
};

function sources(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /(?<!\.spec)\.(?:ts|sql)$/.test(entry.name) ? [path] : [];
  });
}

/** Files by what they import. */
function readImports(files) {
  const known = new Set(files);
  const importsOf = (file) =>
    [...readFileSync(file, 'utf8').matchAll(/^(?:import|export|\}) [^;]*?from '(?<specifier>[^']+)';$/gm)]
      .map(({ groups: { specifier } }) => `${targetOf(file, specifier)}.ts`)
      .filter((target) => known.has(target));
  return new Map(files.map((file) => [file, importsOf(file)]));
}

/** The first circle of a graph, if it has one. */
function circleIn(graph) {
  const done = new Set();
  const path = [];
  const visit = (node) => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return undefined;
    path.push(node);
    for (const next of graph.get(node) ?? []) {
      const circle = visit(next);
      if (circle !== undefined) return circle;
    }
    path.pop();
    done.add(node);
    return undefined;
  };
  for (const node of graph.keys()) {
    const circle = visit(node);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

/** What is wrong with the list or with the files, in sentences. */
function problems() {
  const files = sources(src);
  const folders = new Set(files.map(folderOf));
  const listed = [...mayImport.keys()];
  const found = [
    ...[...folders].filter((folder) => !mayImport.has(folder)).map((folder) => `${folder} is not in docs/folders.md.`),
    ...listed
      .filter((folder) => !folders.has(folder))
      .map((folder) => `docs/folders.md lists ${folder}, which has no files.`),
  ];
  for (const [index, folder] of listed.entries()) {
    for (const name of mayImport.get(folder)) {
      const reached = listed.filter((other) => other !== folder && covers(name, other));
      if (reached.length === 0) found.push(`The entry of ${folder} names ${name}, which does not exist.`);
      for (const other of reached.filter((each) => listed.indexOf(each) >= index))
        found.push(`The entry of ${folder} names ${other}, which stands below it.`);
    }
  }
  const imports = readImports(files);
  for (const [file, targets] of imports) {
    for (const target of targets.filter((each) => !mayReach(folderOf(file), folderOf(each))))
      found.push(`${relative(root, file)} may not import ${relative(root, target)}.`);
  }
  const circle = circleIn(imports);
  if (circle !== undefined)
    found.push(`Files import each other: ${circle.map((file) => relative(src, file)).join(' → ')}.`);
  return found;
}

/** The page in a folder: the same sentence, and the list turned around. */
function pageOf({ folder, purpose, names }) {
  const quoted = (list) => list.map((name) => `\`${name}\``).join(', ');
  const users = entries.filter((entry) => entry.folder !== folder && entry.names.some((name) => covers(name, folder)));
  const up = '../'.repeat(folder === '.' ? 1 : folder.split('/').length + 1);
  return [
    `# ${folder === '.' ? 'src' : folder}\n`,
    `${purpose.charAt(0).toUpperCase()}${purpose.slice(1)}.\n`,
    `It may import ${names.length === 0 ? 'nothing' : quoted(names)}.`,
    users.length === 0 ? 'Nothing imports it.' : `It may be imported by ${quoted(users.map((user) => user.folder))}.`,
    `The list is [docs/folders.md](${up}docs/folders.md).\n`,
  ].join('\n');
}

/** @returns the pages that are not as the list says, after they have been written if that is wanted */
function stalePages(writes) {
  return entries.filter((entry) => {
    const file = join(src, entry.folder, 'README.md');
    const page = pageOf(entry);
    if (existsSync(file) && readFileSync(file, 'utf8') === page) return false;
    if (writes) writeFileSync(file, page);
    return !writes;
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = problems();
  for (const { folder } of found.length === 0 ? stalePages(process.argv.includes('--write')) : [])
    found.push(`src/${folder}/README.md is not what docs/folders.md says: run "npm run docs".`);
  for (const problem of found) console.error(problem);
  process.exitCode = found.length === 0 ? 0 : 1;
}
