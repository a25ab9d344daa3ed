import { isRecord } from '../../api/narrow';
import type { Backup } from '../../api/types';
import { Notice } from '../../components/notice';
import { codeText } from '../../texts/failure-text';
import { texts } from '../../texts/texts';

/** Why a backup failed or cannot be used, and what helps. */
export function BackupProblem({ backup }: { readonly backup: Backup }) {
  const { details } = texts().backups;
  const { error_code: code, error_message: message, error_cause: cause } = backup;
  if (code === undefined) return null;
  const words = codeText(code, message ?? code);
  return (
    <Notice tone="bad" title={words}>
      {/* The cause says more than the service's own sentence, which says the same as the one above in English. */}
      {message === undefined || message === words || cause !== undefined ? null : <p lang="en">{message}</p>}
      {cause === undefined ? null : <Cause title={details.cause} cause={cause} />}
    </Notice>
  );
}

interface CauseProps {
  readonly title: string;
  readonly cause: Readonly<Record<string, unknown>>;
}

/** What a server, a program or the system said, member by member. */
export function Cause({ title, cause }: CauseProps) {
  const lines = Object.entries(cause).flatMap(([name, value]) => wordsIn(name, value));
  if (lines.length === 0) return null;
  const { errors } = texts();
  const names: Readonly<Record<string, string>> = errors.cause;
  const places: Readonly<Record<string, string>> = errors.places;
  return (
    <div class="cause">
      <p class="quiet">{title}</p>
      <dl class="facts">
        {lines.map(([name, words]) => (
          <div key={`${name} ${words}`}>
            <dt>{names[name] ?? name}</dt>
            <dd>{name === 'where' ? (places[words] ?? words) : words}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function wordsIn(name: string, value: unknown): (readonly [string, string])[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value.flatMap((member) => wordsIn(name, member));
  if (isRecord(value)) return Object.entries(value).flatMap(([inner, member]) => wordsIn(`${name}.${inner}`, member));
  return typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [];
}
