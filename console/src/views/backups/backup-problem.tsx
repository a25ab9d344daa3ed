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
      {message === undefined || message === words ? null : <p>{message}</p>}
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
  return (
    <div class="cause">
      <p class="quiet">{title}</p>
      <dl class="facts">
        {lines.map(([name, words]) => (
          <div key={`${name} ${words}`}>
            <dt>{name}</dt>
            <dd>{words}</dd>
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
