import type { Examples } from './new-program';

/** Examples of `bscc`, for help and manual. */
export const EXAMPLES: Examples = {
  '': ['export BACKUP_ENCRYPTION_KEY_FILE=/etc/berkut/key', 'bscc verify backup.bscc', 'bscc help restore'],
  inspect: ['bscc inspect backup.bscc', 'bscc --json inspect backup.bscc'],
  verify: ['bscc verify backup.bscc', 'ssh storage cat backup.bscc | bscc verify -'],
  list: ['bscc list backup.bscc', 'bscc --json list backup.bscc'],
  extract: [
    'bscc extract backup.bscc sql | psql scc_again',
    'bscc extract backup.bscc schema > schema.dump',
    'bscc extract backup.bscc files --to restored',
    'bscc extract backup.bscc --table public.events --format csv > events.csv',
    'bscc extract backup.bscc --table public.events --format sql | psql scc',
  ],
  restore: [
    'bscc restore backup.bscc --to postgres://postgres@db.example:5432/scc_again',
    'bscc restore backup.bscc --to postgres://postgres@db.example/scc_again --files-to /srv/scc/files',
  ],
  keygen: ['(umask 077; bscc keygen > new.key)'],
  rekey: [
    'export BERKUT_BACKUP_PREVIOUS_KEYS_FILE=old.key',
    'BACKUP_ENCRYPTION_KEY_FILE=new.key bscc rekey /var/lib/berkut/backups',
  ],
  doctor: ['bscc doctor', 'bscc doctor --notify'],
  token: ['bscc token --role backup_operator --name alice --ttl 1h'],
  kit: ['bscc kit --to kit.html --backups "NAS 1, /backups/scc, and the safe in room 12"'],
  completion: [
    'bscc completion bash > /etc/bash_completion.d/bscc',
    'bscc completion zsh > "${fpath[1]}/_bscc"',
    'bscc completion fish > ~/.config/fish/completions/bscc.fish',
  ],
};

const SERVICE = 'bscc --api http://127.0.0.1:8080';

/** Examples of `bscc --api`. */
export const API_EXAMPLES: Examples = {
  '': [
    'export BERKUT_TOKEN=$(bscc token --role backup_operator --name alice)',
    `${SERVICE} backup --label 'before the upgrade'`,
    `${SERVICE} restore 7 --dry-run`,
  ],
  backup: [`${SERVICE} backup --label 'before the upgrade'`, `${SERVICE} backup --scope tasks,docs --no-wait`],
  ls: [`${SERVICE} ls --limit 5`],
  get: [`${SERVICE} get 7`],
  copy: [`${SERVICE} copy 7`],
  download: [`${SERVICE} download 7 --to backup.bscc`],
  tables: [`${SERVICE} tables 7`, `${SERVICE} tables 7 --q task`],
  sql: [`${SERVICE} sql 7 --table public.tasks | psql scratch`, `${SERVICE} sql 7 --output backup.sql`],
  rows: [`${SERVICE} rows 7 --table public.tasks --limit 5`],
  import: [`${SERVICE} import backup.bscc`],
  restore: [
    `${SERVICE} restore 7 --dry-run`,
    `${SERVICE} restore 7 --confirm scc --online`,
    `${SERVICE} restore 7 --tables public.docs,'public.doc_*'`,
    `${SERVICE} restore 7 --into scc_copy`,
    `${SERVICE} restore 7 --rehearse --keep-hours 24`,
  ],
  rollback: [`${SERVICE} rollback 12`],
  promote: [`${SERVICE} promote 12 --confirm scc`],
  discard: [`${SERVICE} discard 12`],
  watch: [`${SERVICE} watch 12`],
  plan: [`${SERVICE} plan`, `${SERVICE} plan set schedule_hour=2`, `${SERVICE} plan enable`],
};
