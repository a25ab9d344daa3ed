// Goes through the Dockerfile without a container engine: runs what the build stage runs, copies what the last stage copies, and
// leaves the tree of /app in a directory, with how the image would be started in image.json.
//   node scripts/image-steps.mjs DIRECTORY            with `npm ci` and a build, as an engine would
//   node scripts/image-steps.mjs DIRECTORY --quick    packages and build are those of this checkout
// What belongs to the base image's file system (packages of the system, users, links) is printed and not run.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const checkout = join(dirname(fileURLToPath(import.meta.url)), '..');
const isQuick = process.argv.includes('--quick');
const [directory] = process.argv.slice(2).filter((argument) => argument !== '--quick');
if (directory === undefined) {
  console.error('usage: node scripts/image-steps.mjs DIRECTORY [--quick]');
  process.exit(2);
}

/** Instructions with their arguments; comments may stand between the lines of one. */
function instructions() {
  const lines = readFileSync(join(checkout, 'Dockerfile'), 'utf8')
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line));
  return lines
    .join('\n')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .map((line) => {
      const [, name, rest] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
      return { name, rest };
    });
}

const stages = { build: join(directory, 'build') };
const app = join(directory, 'app');
const path = process.env.PATH ?? '';
const image = { environment: {}, base: [] };
let workingDirectory;
let isLast = false;

/** Stands before npm in quick mode: what it would fetch and build is here already. */
function quickNpm() {
  const bin = join(directory, 'bin');
  mkdirSync(bin, { recursive: true });
  const shim = [
    '#!/bin/sh',
    'case "$1 $2" in',
    // Linked, since it is half a gigabyte; but for the one file in it that npm writes.
    `"ci ") cp -al '${checkout}/node_modules' . 2>/dev/null || cp -a '${checkout}/node_modules' .; rm node_modules/.package-lock.json; cp '${checkout}/node_modules/.package-lock.json' node_modules/ ;;`,
    `"run build") cp -r '${checkout}/dist' . ;;`,
    `*) PATH=\${PATH#*:} exec npm "$@" --offline ;;`,
    'esac',
  ];
  writeFileSync(join(bin, 'npm'), `${shim.join('\n')}\n`);
  chmodSync(join(bin, 'npm'), 0o755);
  return bin;
}

const runPath = isQuick ? `${quickNpm()}:${path}` : path;
for (const { name, rest } of instructions()) {
  switch (name) {
    case 'FROM':
      isLast = !rest.endsWith(' AS build');
      workingDirectory = isLast ? app : stages.build;
      mkdirSync(workingDirectory, { recursive: true });
      break;
    case 'COPY': {
      const words = rest.split(/\s+/);
      const from = words[0].startsWith('--from=') ? stages[words.shift().slice('--from='.length)] : checkout;
      const to = words.pop();
      for (const source of words) {
        const target = to.endsWith('/') ? join(to, source.split('/').at(-1)) : to;
        const given = join(from, from === checkout ? source : source.replace(/^\/app\//, ''));
        if (isLast && source.endsWith('node_modules')) {
          // As one piece: nothing of the build stage is needed afterwards, and a second copy would take its time.
          run('mv', [given, join(workingDirectory, target)]);
        } else cpSync(given, join(workingDirectory, target), { recursive: true });
      }
      break;
    }
    case 'RUN':
      if (isLast) {
        image.base.push(rest);
        run('sh', ['-n', '-c', rest]);
        console.error(`not run: ${rest.replaceAll(/\s+/g, ' ')}`);
      } else {
        console.error(`run: ${rest}`);
        run('sh', ['-c', rest], { ...process.env, PATH: runPath });
      }
      break;
    case 'ENV':
      for (const pair of rest.split(/\s+/)) image.environment[pair.split('=')[0]] = pair.split('=')[1];
      break;
    case 'USER':
      image.user = rest;
      break;
    case 'CMD':
      image.command = JSON.parse(rest);
      break;
    case 'HEALTHCHECK':
      image.healthCheck = JSON.parse(rest.slice(rest.indexOf('[')));
      break;
    case 'ARG':
    case 'WORKDIR':
    case 'VOLUME':
    case 'EXPOSE':
      break;
    default:
      throw new Error(`the Dockerfile has an instruction that this script does not know: ${name}`);
  }
}
writeFileSync(join(directory, 'image.json'), `${JSON.stringify(image, undefined, 2)}\n`);

function run(command, args, env = process.env) {
  const { status, error } = spawnSync(command, args, { cwd: workingDirectory, env, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw error ?? new Error(`${command} ${args.join(' ')} ended with ${status}`);
}
