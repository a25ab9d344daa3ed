/** Names under which one thing may be configured; the first is the one we fill in ourselves. */
const NAMES: readonly (readonly string[])[] = [
  ['BACKUP_ENCRYPTION_KEY', 'BERKUT_BACKUP_ENCRYPTION_KEY'],
  ['BERKUT_AUTH_JWT_SECRET', 'BERKUT_AUTH_JWKS_URL'],
];

/**
 * An environment completed with development's own values, but only for what it leaves open: a variable, its `_FILE`
 * variant, an alias and another way of authentication all count as set. Empty counts as not set.
 */
export function fillIn(
  environment: Readonly<Record<string, string | undefined>>,
  defaults: Readonly<Record<string, string>>,
): Record<string, string | undefined> {
  const isSet = (name: string): boolean =>
    (environment[name] ?? '') !== '' || (environment[`${name}_FILE`] ?? '') !== '';
  const open = Object.entries(defaults).filter(([variable]) => {
    const name = variable.replace(/_FILE$/, '');
    return !(NAMES.find(([first]) => first === name) ?? [name]).some(isSet);
  });
  return { ...environment, ...Object.fromEntries(open) };
}
