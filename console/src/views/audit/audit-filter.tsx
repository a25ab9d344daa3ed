import { useSignal } from '@preact/signals';
import { Field } from '../../components/field';
import { zoneName } from '../../formats/time';
import { texts } from '../../texts/texts';
import type { AuditQuery } from './audit-query';
import { RESULTS } from './audit-results';

interface Props {
  readonly query: AuditQuery;
  readonly onSearch: (query: AuditQuery) => void;
}

/** Who did what, with which result, and when. */
export function AuditFilter({ query, onSearch }: Props) {
  const { audit } = texts();
  const typed = useSignal<AuditQuery>(query);
  const edit = (name: keyof AuditQuery, value: string): void => {
    typed.value = { ...typed.peek(), [name]: value };
  };
  const textField = (name: 'actor' | 'action', label: string, hint: string) => (
    <Field label={label} hint={hint}>
      {(control) => (
        <input
          {...control}
          type="search"
          spellcheck={false}
          value={typed.value[name] ?? ''}
          onInput={(event) => edit(name, event.currentTarget.value)}
        />
      )}
    </Field>
  );
  const timeField = (name: 'from' | 'to', label: string) => (
    <Field label={label} hint={audit.clocks(zoneName())}>
      {(control) => (
        <input
          {...control}
          type="datetime-local"
          value={typed.value[name] ?? ''}
          onInput={(event) => edit(name, event.currentTarget.value)}
        />
      )}
    </Field>
  );
  const onSubmit = (event: Event): void => {
    event.preventDefault();
    onSearch(typed.value);
  };
  return (
    <form class="panel" role="search" onSubmit={onSubmit}>
      <div class="field-grid audit-fields">
        {textField('actor', audit.actor, audit.actorHint)}
        {textField('action', audit.action, audit.actionHint)}
        <Field label={audit.result}>
          {(control) => (
            <select
              {...control}
              value={typed.value.result ?? ''}
              onChange={(event) => edit('result', event.currentTarget.value)}
            >
              <option value="">{audit.anyResult}</option>
              {RESULTS.map((result) => (
                <option key={result} value={result}>
                  {audit.results[result]}
                </option>
              ))}
            </select>
          )}
        </Field>
        {timeField('from', audit.from)}
        {timeField('to', audit.to)}
      </div>
      <div class="actions">
        <button type="submit" class="button button-primary">
          {audit.search}
        </button>
        <button type="button" class="button" onClick={() => onSearch({})}>
          {audit.clear}
        </button>
      </div>
    </form>
  );
}
