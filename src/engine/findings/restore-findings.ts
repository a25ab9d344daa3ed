import { type FindingEntry, MORE_CONNECTIONS } from './finding-entry';

/** What the check before a restore can find. */
export const RESTORE_FINDINGS = {
  // The server and its programs.
  'server.standby': {
    sentence: 'the server of the target is a standby, which takes no writes: name its primary in BERKUT_DB_URL',
  },
  'server.older_than_backup': {
    sentence: 'the server is PostgreSQL {server}, older than the backup, which is from {backup}',
  },
  'server.little_room': {
    sentence: 'the server has {free} MB free and the backup needs about {needed} MB',
  },
  'tools.older_than_dump': {
    sentence: 'pg_restore {tool} is older than the pg_dump {dump} that made the backup',
  },
  'tools.too_old': {
    sentence:
      'pg_restore {tool} is older than the pg_dump {dump} that made the backup: install postgresql-client-{dump}',
  },
  'tools.archive_newer': {
    sentence: 'pg_restore {tool} is older than the pg_dump that made the backup: install newer client tools',
  },
  'archive.cut_off': { sentence: 'it ends in the middle of its table of contents' },
  'archive.not_custom': { sentence: 'it is not an archive in the custom format' },
  'archive.unknown_version': { sentence: 'its format is {version}; {oldest} to {newest} are known' },

  // Access to databases.
  'access.maintenance_database': {
    sentence:
      'the server lets the role into the target and not into the maintenance database {database}: pg_hba.conf needs a line for it, or BERKUT_BACKUP_MAINTENANCE_DB must name one that the role is let into',
  },
  'access.new_database': {
    sentence:
      'the server lets the role into the target and not into a new database such as {database}: pg_hba.conf needs a line for all databases',
    advice: 'name the database all in that line or, from version 16 on, a pattern such as /^{target}_',
  },
  'connections.role_limit': {
    sentence:
      'the role may have {limit} connections at once (CONNECTION LIMIT), and a restore with {jobs} takes up to {needed}',
    advice: MORE_CONNECTIONS,
  },
  'connections.target_limit': {
    sentence:
      'the target may have {limit} connections at once (CONNECTION LIMIT), and a restore with {jobs} takes up to {needed}',
    advice: MORE_CONNECTIONS,
  },
  'sessions.shared': {
    sentence: 'a proxy in front of the target shares sessions between clients (transaction pooling)',
    advice: 'let BERKUT_DB_URL name the server itself, or a pool in session mode',
  },

  // The target as it is now.
  'target.closed': { sentence: 'the target accepts no connections' },
  'target.schema_version_unknown': {
    sentence: 'the target accepts no connections: its schema version is not known',
  },
  'target.older_schema': {
    sentence: "the backup's schema version {backup} is newer than the target's {target}",
  },
  'target.prepared_transactions': {
    sentence:
      'the target has prepared transactions, which hold locks in it (COMMIT PREPARED or ROLLBACK PREPARED ends them)',
  },
  'target.foreign_sessions': {
    sentence: 'the role may not end sessions that are connected to the target (pg_signal_backend): {applications}',
  },
  'target.sessions_may_stay': {
    sentence:
      'the role may only end sessions of roles of which it is a member (pg_signal_backend): another one that is connected by then stops a restore',
  },
  'target.superusers_connected': {
    sentence:
      'superusers are connected to the target, and this role may not end their sessions: {applications}; end them before a restore',
  },
  'target.superusers_stay': {
    sentence:
      'superusers are connected to the target, and this role may not end their sessions: {applications}; a restore in place leaves them',
  },
  'target.replication_slot': {
    sentence: 'the replication slot {slot} belongs to the target: a kept copy cannot be dropped before the slot is',
  },
  'target.subscription_lost': {
    sentence:
      'the target loses its subscription {subscription}, or has it disabled afterwards; its replication slot {slot} stays at the publisher and keeps WAL there until it is dropped or used again',
  },
  'target.other_encoding': {
    sentence: 'the backup is in {backup} and the target in {target}: not every character may have a place',
  },
  'target.objects_of_others': {
    sentence:
      'the restoring role may not remove from the target what belongs to other roles, of which it is no member: {objects}',
  },
  'target.too_many_locks': {
    sentence:
      'one transaction would lock {needed} objects, and the server has room for about {room} locks (max_locks_per_transaction {setting})',
  },
  'target.rights_stay': {
    sentence: 'the rights of the target on {object} stay: another role has changed them',
  },

  // What the backup needs of the server.
  'extension.unavailable': { sentence: 'the extension {extension} is not available on the server' },
  'extension.not_loaded': {
    sentence: 'the server has not loaded the extension {extension} (shared_preload_libraries)',
  },
  'extension.elsewhere': {
    sentence: 'the extension {extension} can only be made in the database {database} ({setting})',
  },
  'extension.not_by_swap': {
    sentence:
      'the extension {extension} can only be made in the database {database} ({setting}), and a swap loads into another one: restore in place (BERKUT_BACKUP_RESTORE_STRATEGY=in_place)',
  },
  'extension.not_rehearsed': {
    sentence: 'the rehearsal leaves out the extension {extension} and what needs it: only the target may have it',
  },
  'extension.superuser_only': { sentence: 'only a superuser may make the extension {extension}' },
  'language.without_handler': {
    sentence:
      'the backup has the language {language} without its handler, and the server has no extension of that name',
  },
  'tablespace.missing': { sentence: 'the server does not have the tablespace {tablespace}' },
  'tablespace.not_usable': {
    sentence: 'the role may not use the tablespace {tablespace} (GRANT CREATE ON TABLESPACE)',
  },

  // What the role may do.
  'role.cannot_create_databases': { sentence: 'the role may not create databases (CREATEDB)' },
  'role.does_not_own_target': {
    sentence: 'the role does not own the target database',
    advice: 'ALTER DATABASE … OWNER TO …',
  },
  'role.time_limit': { sentence: '{setting} is {value} for this role; it does not apply to the restore' },
  'role.setting_of_target': { sentence: 'the role may not carry over the setting {setting} of the target' },
  'role.not_a_member': {
    sentence: 'objects of the backup belong to the role {role}, of which the restoring role is no member',
  },
  'role.default_privileges': {
    sentence: 'the backup sets default privileges of the role {role}, of which the restoring role is no member',
  },
  'object.superuser_only': { sentence: 'only a superuser may make {object}' },
  'object.more_superuser_only': { sentence: 'and {count} more of that kind' },
  'function.setting': { sentence: 'only a superuser may make {function}, a function that sets {setting}' },
  'function.more_settings': { sentence: 'and {count} more of that kind' },
  'subscription.not_allowed': { sentence: 'the role may not make the subscription {subscription}' },
  'code.of_other_roles': {
    sentence: 'loading runs functions that do not belong to a superuser: {places}',
    advice:
      'let restores and rehearsals run with the small role of docs/install.md; docs/security.md says what such code can do',
  },
  'kept.needs_swap': {
    sentence:
      'this backup would be restored in place, and only the database of a rehearsal for a swap can be kept (keep_hours)',
    advice: 'let the role create databases (CREATEDB), or rehearse without "keep_hours"',
  },
  'online.needs_swap': {
    sentence:
      'this restore would be made in place, and only a swap can load the backup while the target is open (online)',
    advice: 'let the role create databases (CREATEDB), or restore without "online"',
  },

  // Who is to read the database that a rehearsal keeps.
  'reader.unknown': {
    sentence: 'the server does not have the role {role} of BERKUT_BACKUP_SCRATCH_READERS',
    advice: 'CREATE ROLE, or correct the variable',
  },
  'reader.superuser': {
    sentence:
      '{role} of BERKUT_BACKUP_SCRATCH_READERS is a superuser or a member of one, and may read and change every database',
    advice: 'name roles without rights of their own',
  },
  'reader.inherits_nothing': {
    sentence: '{role} of BERKUT_BACKUP_SCRATCH_READERS gets no rights by membership (NOINHERIT)',
    advice: 'ALTER ROLE … INHERIT, or name another role',
  },
  'reader.may_stay': {
    sentence:
      'the role may not end sessions of {role}, which could keep the database of a rehearsal from being promoted or dropped',
    advice: 'GRANT pg_signal_backend to the service’s role',
  },
  'reader.may_write': {
    sentence: '{role} is not let in: as {as} it may change {object}, and what is changed would be promoted',
    advice:
      'name a role in BERKUT_BACKUP_SCRATCH_READERS that has no rights of its own in the target, or take away this one',
  },
  'reader.cannot_make_roles': {
    sentence: 'the role may not make roles, so {role} is not let into the databases of rehearsals',
    advice: 'ALTER ROLE … CREATEROLE',
  },

  // A restore of scopes or single tables.
  'scope.table_missing': { sentence: 'the target lacks the table {table}' },
  'scope.column_missing': { sentence: 'the target lacks the column {column}' },
  'scope.is_partition': {
    sentence: '{table} is a partition in the target, and rows are restored for whole tables only',
    advice: 'restore the table that it is a partition of',
  },
  'scope.foreign_table': { sentence: '{table} belongs to {owner}, of which the restoring role is no member' },
  'scope.event_trigger': {
    sentence:
      'an event trigger of the target refuses changes of its tables, and the role may not turn it off ({triggers}): ALTER EVENT TRIGGER … DISABLE before the restore, as its owner',
  },

  'findings.more': { sentence: '{count} more findings of this check' },

  // Application files.
  'files.not_configured': { sentence: 'the backup holds application files and no files path is configured' },
  'files.parent_not_writable': {
    sentence: 'the directory that holds the application files cannot be written: the new files go beside the old ones',
  },
  'files.not_a_directory': { sentence: 'the files path is not a directory' },
  'files.mount_point': {
    sentence:
      'the files path is a mount point, which cannot be exchanged: mount its parent and use a directory below it',
  },
  'files.mounted_below': {
    sentence: 'a file system is mounted below the files path: it would be moved away with the old files',
  },
  'files.sticky': {
    sentence: 'the files path belongs to another user in a directory with a sticky bit: only that user can rename it',
  },
} as const satisfies Record<string, FindingEntry>;
