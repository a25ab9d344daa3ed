// Writes docs/configuration.md and .env.example from the table that the service itself reads its variables by, so that
// none is forgotten and no default is wrong. `--check` writes nothing and fails when a file is not what it would be;
// another directory than this checkout may be named.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import variables from '../dist/src/kernel/config/variables.js';

const checkout = join(dirname(fileURLToPath(import.meta.url)), '..');
const isCheck = process.argv.includes('--check');
const root = process.argv.slice(2).find((argument) => argument !== '--check') ?? checkout;

const { SECTIONS, VARIABLES } = variables;

const INTRODUCTION = `# Configuration

<!-- Made by \`npm run docs\` from the tables of variables in src/kernel/config. -->

Everything is configured by the environment, read once at the start. A value that does not make sense stops the start with exit
code 78 and one line that names every wrong variable, and never a value. \`bscc doctor\` ([bscc.md](bscc.md)) checks the same, and
the tools, rights, space and databases behind it, without starting anything. [.env.example](../.env.example) is the same table as a file to copy.

- Empty counts as not set.
- **A secret may be a file**: where a variable is marked _(or \`_FILE\`)_, the same name with \`_FILE\` at the end is the path of a file that holds the
  value; one line break at its end is not part of it. So no secret need be in the environment, where other programs of the same user see it.
- Two sources of one value (name and alias, or value and file) stop the start: it could not be said which one is meant.
- Yes and no are \`true\`, \`1\`, \`yes\`, \`on\` and \`false\`, \`0\`, \`no\`, \`off\`.
- \`APP_ENV=dev\`, which is what counts when it is not set, makes up what is missing, for a trial. With any other value the databases, the key and
  the callers have to be named.
`;

/** What is the same for both databases, after the table that names them. */
const ADDRESSES = `
### The address of a database

\`BERKUT_DB_URL\`, \`BERKUT_BACKUP_CONTROL_DB_URL\` and \`--to\` of \`bscc restore\` are connection URLs as \`psql\` takes them, and mean the same: a test
tries each case with both. The service, its pools and the programs it starts all get the one address that was read.

\`postgres://user:password@host:port/database?parameter=value\`. User and database have to be known. A part that the URL leaves out comes from the
service that \`service=\` or \`PGSERVICE\` names (\`PGSERVICEFILE\`, \`~/.pg_service.conf\`, \`pg_service.conf\` of \`PGSYSCONFDIR\`), then from libpq's
variable (\`PGHOST\`, \`PGSSLMODE\`, \`PGPASSWORD\` …). Special characters are percent-encoded; an IPv6 address is in brackets; a directory as the host
(\`?host=/run/postgresql\`) is a Unix socket. No host is \`localhost\`.

| parameter | meaning |
| --- | --- |
| \`sslmode\` | \`disable\`, \`allow\`, \`prefer\` (default), \`require\`, \`verify-ca\`, \`verify-full\`; sockets never use TLS. With \`prefer\`, a server that said that it has no TLS is asked for it again after a minute |
| \`sslrootcert\` | authorities for the server's certificate; default \`~/.postgresql/root.crt\`; \`system\` are those of the machine, and mean \`verify-full\` |
| \`sslcrl\` | revoked certificates; default \`~/.postgresql/root.crl\` |
| \`sslcert\`, \`sslkey\` | our certificate and its key; default \`~/.postgresql/postgresql.crt\` and \`.key\` |
| \`ssl_min_protocol_version\`, \`ssl_max_protocol_version\`, \`sslsni\` | as in libpq |
| \`channel_binding\` | \`disable\`, \`prefer\` (default), \`require\` |
| \`connect_timeout\` | seconds for each host; default 15, 0 is for ever |
| \`target_session_attrs\` | \`any\` (default), \`read-write\`, \`read-only\`, \`primary\`, \`standby\`, \`prefer-standby\` |
| \`load_balance_hosts\` | \`random\` tries the hosts in an order of chance |
| \`hostaddr\` | the host's address; the certificate is still compared with the host |
| \`passfile\` | password file; default \`PGPASSFILE\`, then \`~/.pgpass\` |
| \`options\` | settings of each session (\`-c name=value\`); those that backups and restores need come after them |
| \`application_name\` | default \`berkut-backups\` |

- **Only \`verify-full\` knows who the server is.** \`require\` encrypts and compares nothing, unless there is a root certificate: then every mode verifies the
  chain, and \`require\` is \`verify-ca\`. \`prefer\` goes on without TLS when TLS fails.
- A key that others can read is refused, as by \`psql\`: mode 0600, or 0640 when it belongs to root. A key with a passphrase (\`sslpassword\`) is not supported.
- A password file with a mode other than 0600 is ignored, as by \`psql\`; \`bscc doctor\` says so. It is read once, at the start. Its line for
  the target's database also counts for the databases that a restore makes.
- **Several hosts** (\`postgres://scc@db1,db2/scc?target_session_attrs=read-write\`) are tried in order. A host that refuses the password ends the search. All
  streams of one backup come from the host that has its snapshot. The control database has to be written to, so with several hosts
  its \`target_session_attrs\` is \`read-write\` unless it says otherwise.
- Several hosts have one password: the first that the password file has for any of them. Where each has its own, give the role
  the same one, or name one host.
- Any other parameter of libpq is refused at the start, and \`PGREQUIREAUTH\`, \`PGSSLCRLDIR\`, \`PGSSLNEGOTIATION\` and \`PGSSLCERTMODE\` in the environment, because ignoring it would be a surprise. GSSAPI encryption is not
  supported: \`gssencmode\` is \`prefer\` or \`disable\`, and neither uses it.
`;

const sentence = (words) => `${words[0].toUpperCase()}${words.slice(1)}.`;

/** Aliases and the name of the file, as they stand beside a variable. */
function otherNames(name, { aliases = [], isSecret = false }, quoted) {
  const notes = [];
  if (aliases.length > 0) notes.push(`also ${aliases.map(quoted).join(', ')}`);
  if (isSecret) notes.push(`or ${quoted(`${name}_FILE`)}`);
  return notes.length === 0 ? undefined : `(${notes.join('; ')})`;
}

/** What counts when a variable is not set: a value that could be typed in, or words about one. */
const fallbackOf = ({ default: standard, otherwise }, quoted) =>
  standard === undefined ? otherwise : quoted(standard);

function row([name, variable]) {
  const code = (text) => `\`${text}\``;
  const { aliases, isSecret, meaning } = variable;
  const called = [code(name), otherNames(name, { aliases }, code), isSecret ? '_(or `_FILE`)_' : undefined];
  const cells = [called.filter(Boolean).join(' '), fallbackOf(variable, code), meaning];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
}

function page() {
  const sections = Object.entries(SECTIONS).map(([title, section]) => {
    const head = `\n## ${title}\n\n| variable | default | meaning |\n| --- | --- | --- |\n`;
    return `${head}${Object.entries(section).map(row).join('')}${'BERKUT_DB_URL' in section ? ADDRESSES : ''}`;
  });
  return [INTRODUCTION, ...sections].join('');
}

function example() {
  const plain = (text) => text.replaceAll('`', '');
  const entries = Object.entries(VARIABLES).map(([name, variable]) => {
    const { default: standard, meaning } = variable;
    const names = otherNames(name, variable, (one) => one);
    return [
      `# ${plain(sentence(meaning))}`,
      ...(names === undefined ? [] : [`# ${names}`]),
      ...(standard === undefined ? [`# Default: ${plain(variable.otherwise)}.`] : []),
      `# ${name}=${standard ?? ''}`,
      '',
    ].join('\n');
  });
  return [
    '# Every variable of the service, made by `npm run docs`. Copy to .env and pass it with node --env-file, a systemd unit or',
    '# a container. What is commented out shows the default. Names that end in _FILE are paths of files that hold the value.',
    '',
    entries.join('\n'),
  ].join('\n');
}

const style = await resolveConfig(join(checkout, 'docs/configuration.md'));
const documents = {
  'docs/configuration.md': await format(page(), { ...style, parser: 'markdown' }),
  '.env.example': example(),
};
for (const [name, content] of Object.entries(documents)) {
  const path = join(root, name);
  if (!isCheck) writeFileSync(path, content);
  else if (readFileSync(path, 'utf8') !== content) {
    console.error(`${name} is not what src/kernel/config/*variables.ts say: run "npm run docs"`);
    process.exitCode = 1;
  }
}
