/** Condition on `pg_namespace n`: schemas that come with the server, of which `pg_dump` takes nothing. */
export const SYSTEM_SCHEMAS = `n.nspname = 'information_schema' OR n.nspname ~ '^pg_'`;
