import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Field } from '../../components/field';
import { texts } from '../../texts/texts';
import { FILTER_CHOICES, type ListFilter } from './list-filter';
import { Choices } from './choices';

interface Props {
  readonly filter: ListFilter;
  readonly onFilter: (filter: ListFilter) => void;
}

/** A person who types is not asked for after each letter. */
const TYPED_AFTER_MS = 250;

/** Search, filters and order of the list. A change begins at the first page. */
export function ListControls({ filter, onFilter }: Props) {
  const { list } = texts().backups;
  const typed = useSignal(filter.q);
  useEffect(() => {
    if (typed.value === filter.q) return undefined;
    const timer = setTimeout(() => onFilter({ ...filter, q: typed.value, page: 1 }), TYPED_AFTER_MS);
    return () => clearTimeout(timer);
  }, [typed.value]);
  // Going back, or clearing the filters, changes the address alone.
  useEffect(() => {
    typed.value = filter.q;
  }, [filter.q]);
  return (
    <search class="controls">
      <Field label={list.search}>
        {(control) => (
          <input
            {...control}
            type="search"
            placeholder={list.searchHint}
            maxLength={100}
            value={typed.value}
            onInput={({ currentTarget }) => (typed.value = currentTarget.value)}
          />
        )}
      </Field>
      <Choices
        label={list.status}
        all={list.all}
        names={list.statuses}
        choices={FILTER_CHOICES.status}
        chosen={filter.status}
        onChoose={(status) => onFilter({ ...filter, status, page: 1 })}
      />
      <Choices
        label={list.source}
        all={list.all}
        names={list.sources}
        choices={FILTER_CHOICES.source}
        chosen={filter.source}
        onChoose={(source) => onFilter({ ...filter, source, page: 1 })}
      />
      <Choices
        label={list.sort}
        names={list.sorts}
        choices={FILTER_CHOICES.sort}
        chosen={filter.sort}
        onChoose={(sort) => onFilter({ ...filter, sort: sort ?? '-created_at', page: 1 })}
      />
    </search>
  );
}
