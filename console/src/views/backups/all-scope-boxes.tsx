import { api, outcomeOf } from '../../api/client';
import { FailureNotice } from '../../components/failure-notice';
import { useLoaded } from '../../components/use-loaded';
import { texts } from '../../texts/texts';
import { ScopeBoxes } from './scope-boxes';

interface Props {
  readonly chosen: readonly string[];
  readonly onChoose: (chosen: readonly string[]) => void;
}

/** Boxes for all scopes of the installation, which may have others than SCC. */
export function AllScopeBoxes({ chosen, onChoose }: Props) {
  const [loaded, reload] = useLoaded(() => outcomeOf(api.GET('/api/backups/scopes')), []);
  const { value, failure } = loaded.value;
  if (failure !== undefined) return <FailureNotice failure={failure} onRetry={reload} />;
  if (value === undefined) return <p>{texts().common.loading}</p>;
  return <ScopeBoxes scopes={value.items.map(({ name }) => name)} chosen={chosen} onChoose={onChoose} />;
}
