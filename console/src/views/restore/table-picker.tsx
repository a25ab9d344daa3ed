import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { api, outcomeOf } from '../../api/client';
import type { components } from '../../api/schema';
import { FailureNotice } from '../../components/failure-notice';
import { Field } from '../../components/field';
import { useLoaded } from '../../components/use-loaded';
import { texts } from '../../texts/texts';

interface Props {
  readonly backupId: number;
  readonly chosen: readonly string[];
  readonly onChoose: (chosen: readonly string[]) => void;
}

const SHOWN = 8;
const TYPED_AFTER_MS = 250;

/** Finds tables of the backup by a part of their names. Of partitions only the table above them can be restored. */
export function TablePicker({ backupId, chosen, onChoose }: Props) {
  const { picker } = texts().restore.choice;
  const typed = useSignal('');
  const asked = useSignal('');
  useEffect(() => {
    const timer = setTimeout(() => (asked.value = typed.value.trim()), TYPED_AFTER_MS);
    return () => clearTimeout(timer);
  }, [typed.value]);
  const q = asked.value;
  const isPattern = q.includes('*');
  const [loaded] = useLoaded(
    () =>
      outcomeOf(
        api.GET('/api/backups/{id}/tables', {
          params: { path: { id: backupId }, query: { limit: SHOWN, ...(q === '' || isPattern ? {} : { q }) } },
        }),
      ),
    [backupId, q],
  );
  const { value, failure } = loaded.value;
  const found = isPattern ? [q] : namesOf(value?.items ?? []);
  const offered = found.filter((table) => !chosen.includes(table));
  return (
    <div class="picker">
      <Field label={picker.search} hint={picker.hint}>
        {(control) => (
          <input
            {...control}
            type="search"
            autocomplete="off"
            spellcheck={false}
            maxLength={100}
            value={typed.value}
            onInput={({ currentTarget }) => (typed.value = currentTarget.value)}
          />
        )}
      </Field>
      {failure === undefined ? null : <FailureNotice failure={failure} />}
      <div class="actions">
        {offered.map((table) => (
          <button
            key={table}
            type="button"
            class="button"
            aria-label={picker.add(table)}
            onClick={() => onChoose([...chosen, table])}
          >
            + {table}
          </button>
        ))}
        {value !== undefined && found.length === 0 ? <span class="quiet">{picker.none}</span> : null}
      </div>
      {chosen.length === 0 ? null : (
        <ul class="picked" aria-label={picker.chosen}>
          {chosen.map((table) => (
            <li key={table}>
              <span class="name">{table}</span>
              <button
                type="button"
                class="button"
                aria-label={picker.remove(table)}
                onClick={() => onChoose(chosen.filter((one) => one !== table))}
              >
                ✕
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function namesOf(tables: readonly components['schemas']['TableDto'][]): readonly string[] {
  return [...new Set(tables.map(({ table, partition_of: parent }) => parent ?? table))];
}
