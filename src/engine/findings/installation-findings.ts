import { type FindingEntry, MORE_CONNECTIONS } from './finding-entry';

/** What `bscc doctor` can find of an installation, beside what the check before a restore finds. */
export const INSTALLATION_FINDINGS = {
  'configuration.invalid': {
    sentence: '{variable} {reason}',
    advice: 'docs/configuration.md explains every variable',
  },
  'configuration.unknown_variable': { sentence: '{variable} is not a variable of the service and has no effect' },
  'configuration.misspelled_variable': {
    sentence: '{variable} is not a variable of the service and has no effect: did you mean {meant}?',
  },
  'configuration.migrate_command': { sentence: 'BERKUT_BACKUP_MIGRATE_COMMAND is no command for /bin/sh' },

  // Both databases.
  'database.unreachable': {
    sentence: '{reason}',
    advice: 'see that psql reaches the address of {variable} from this machine',
  },
  'password_file.not_plain': {
    sentence: 'the password file {file} is not a plain file and is ignored, as by psql',
    advice: 'chmod 600 {file}',
  },
  'password_file.open_to_others': {
    sentence: 'the password file {file} can be read by others and is ignored, as by psql',
    advice: 'chmod 600 {file}',
  },
  'password_file.no_line': { sentence: 'no line of the password file {file} is for this database' },
  'clock.apart': {
    sentence: 'are {seconds} s apart',
    advice: 'let both machines keep time by NTP: due times and tokens go by this one’s',
  },

  // The control database.
  'control.missing': {
    sentence: 'is not there, and the role may not make it',
    advice: 'CREATE DATABASE … OWNER …, or ALTER ROLE … CREATEDB',
  },
  'control.is_target': {
    sentence: 'it is the target database',
    advice: 'give the service a database of its own: a restore would replace its catalogue',
  },
  'control.standby': {
    sentence: 'the server is a standby: nothing can be written',
    advice: 'name the primary, or several hosts',
  },
  'control.no_tables': {
    sentence: 'has no tables yet, and the role may not make them in the schema public',
    advice: 'ALTER DATABASE … OWNER TO …, or GRANT CREATE ON SCHEMA public',
  },
  'control.read_only': {
    sentence: 'sessions of the role only read by default (default_transaction_read_only)',
    advice: 'ALTER ROLE … SET default_transaction_read_only = off, or options=-c%20default_transaction_read_only%3Doff',
  },

  // The target, its server and the role there.
  'target.missing': { sentence: 'the server does not have the database of BERKUT_DB_URL' },
  'target.closed_by_restore': {
    sentence: 'a restore has closed the target (55000); see GET /api/backups/restores for its run',
    advice:
      'run doctor again when that has ended; when no run goes on, ALTER DATABASE … ALLOW_CONNECTIONS true opens it',
  },
  'tools.unusable': { sentence: '{reason}' },
  'server.standby_for_backups': {
    sentence: 'the server is a standby: backups can be made, restores and rehearsals cannot',
    advice: 'let BERKUT_DB_URL name the primary, or several hosts with target_session_attrs=read-write',
  },
  'role.superuser': {
    sentence:
      'the role of BERKUT_DB_URL is a superuser: code in the data (CHECK constraints, generated columns) can get its rights in restores in place or of scopes, in those of backups whose rows are in archives, and where the server does not let in the role that is made to load rows',
    advice: 'use the role of docs/install.md, which may do what backups and restores need and no more',
  },
  'role.in_place_only': {
    sentence: 'the role may not make databases: restores go in place, and backups cannot be rehearsed',
    advice: 'ALTER ROLE … CREATEDB',
  },
  'role.cannot_end_sessions': {
    sentence: 'the role may not end the sessions of the target’s owner, which a restore finds there',
    advice: 'GRANT the owner’s role to it, or pg_signal_backend',
  },
  'role.cannot_make_roles': {
    sentence: 'the role may not make roles: without those that a backup mentions, owners and grants are left out',
    advice: 'ALTER ROLE … CREATEROLE, or make the roles before a restore',
  },
  'role.read_only': {
    sentence:
      'sessions of the role only read by default (default_transaction_read_only); the service lifts that for its own',
    advice: 'nothing has to be done unless another program uses the role',
  },
  'role.time_limits': {
    sentence: 'the role has time limits ({limits}); the service lifts them for its own sessions',
    advice: 'nothing has to be done unless another program uses the role',
  },
  'connections.too_few_for_backup': {
    sentence:
      'the role may have {limit} connections to the target at once (CONNECTION LIMIT), and a backup with {jobs} jobs takes up to {needed}',
    advice: MORE_CONNECTIONS,
  },
  'backup.unreadable_name': {
    sentence: 'no backup can be made: the name of {object} cannot be decoded',
    advice: 'rename it',
  },
  'backup.missing_right': {
    sentence: 'no backup can be made: the role may not read {object}',
    advice: '{remedy}',
  },
  'backup.left_out': {
    sentence: 'not in backups: {object}',
    advice: 'note it in your recovery plan, and make it by hand after a restore into another server',
  },
  'leftover.waiting': {
    sentence: '{name}, which restore run {run} has left, is still there since {since}',
    advice: 'it is tried again; by hand: {command}',
  },
  'leftover.refused': {
    sentence: '{name}, which restore run {run} has left, is still there since {since}: {reason}',
    advice: 'it is tried again; by hand: {command}',
  },

  // Storage and application files.
  'storage.cannot_be_made': {
    sentence: '{directory} is not there and cannot be made in {parent}',
    advice: 'run this as the user of the service; make the directory of BERKUT_BACKUP_PATH for that user',
  },
  'storage.not_writable': {
    sentence: '{directory} cannot be written ({error})',
    advice: 'run this as the user of the service; let that user own the directory of {setting}',
  },
  'storage.open_to_others': {
    sentence: 'other users of this machine can look into the storage directory',
    advice: 'chmod 700 {directory}',
  },
  'storage.limited': {
    sentence: '{directory} can be written, but {limits}',
    advice: 'keep copies of backups elsewhere, or use another file system for {setting}',
  },
  'storage.not_there': {
    sentence: '{directory} is not there: no copies are made in it',
    advice: 'mount what it lies in, or make it for the user of the service: the service never makes it',
  },
  'bucket.unusable': {
    sentence: '{url} cannot be used: {error}',
    advice: 'correct {setting}, the credentials or their rights (docs/storages.md)',
  },
  'bucket.limited': {
    sentence: '{url} can be written, but {limits}',
    advice: 'verify backups regularly, or use a server that can (docs/storages.md)',
  },
  'storage.no_room': {
    sentence: '{free} GB are free, less than the {needed} GB of a recent backup: the next one may not fit',
    advice: 'make room, or keep fewer backups (PUT /api/backups/plan)',
  },
  'storage.little_room': {
    sentence: '{free} GB are free; the largest of {count} backups has {largest} GB',
    advice: 'make room, or keep fewer backups (PUT /api/backups/plan)',
  },
  'storage.keys_missing': {
    sentence: 'files in the storage need keys that are not there: {missing}; the ring has {ring}',
    advice: 'add the old keys to the file of BERKUT_BACKUP_PREVIOUS_KEYS_FILE',
  },
  'files.unusable_directory': {
    sentence: '{directory} is no directory that can be read',
    advice: 'correct BERKUT_BACKUP_FILES_PATH, or let the user of the service read it',
  },
  'files.unreadable': {
    sentence: 'no backup with files can be made: {path} cannot be read ({error})',
    advice: 'let the user of the service read all files, or move them',
  },
  'files.not_restorable': {
    sentence: 'nothing can be made beside {directory}: files cannot be restored',
    advice: 'let the user of the service write to the directory that holds it',
  },

  // The network, tokens and notices.
  'ports.unusable': { sentence: '{reason}' },
  'tokens.no_keys': {
    sentence: 'the provider of BERKUT_AUTH_JWKS_URL does not answer with keys',
    advice: 'open that address from this machine; a proxy or a firewall may be in between',
  },
  'tokens.no_usable_key': {
    sentence: 'none of the provider’s {count} keys verifies signatures of RS256, PS256, ES256 or EdDSA',
    advice: 'let the provider sign access tokens with one of these, and see that BERKUT_AUTH_JWKS_URL is its jwks_uri',
  },
  'issuer.silent': {
    sentence: 'BERKUT_AUTH_ISSUER does not answer at /.well-known/openid-configuration',
    advice: 'an OpenID provider does: compare BERKUT_AUTH_ISSUER with `iss` of a token, to the letter',
  },
  'issuer.other_name': {
    sentence: 'the provider calls itself {issuer}, so every token would be refused',
    advice: 'set BERKUT_AUTH_ISSUER to exactly that, a slash at the end included',
  },
  'issuer.other_keys': {
    sentence: 'the provider has its keys at {address}, not at BERKUT_AUTH_JWKS_URL',
    advice: 'two addresses may lead to the same keys; when tokens are refused for their key, set the provider’s',
  },
  'claims.unchecked': {
    sentence: '{variables} not set: tokens that the provider has made for other services are accepted',
    advice: 'set them to what the provider writes into `iss` and `aud` of tokens for this service',
  },
  'mail.unusable': {
    sentence: 'cannot be used: {reason}',
    advice: 'compare BERKUT_NOTICE_SMTP_URL with what the mail server wants: host, port, smtp:// or smtps://, login',
  },
  'notices.no_channel': {
    sentence: 'no notice is sent when a backup fails',
    advice: 'set BERKUT_NOTICE_SMTP_URL or BERKUT_NOTICE_WEBHOOK_URL (docs/operations.md)',
  },
  'notices.not_sent': { sentence: 'a test could not be sent: {reason}' },
} as const satisfies Record<string, FindingEntry>;
