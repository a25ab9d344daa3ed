import { api, outcomeOf } from '../../api/client';
import { useLoaded } from '../../components/use-loaded';

interface Props {
  readonly label: string;
  readonly isChecked: boolean;
  readonly onCheck: (isChecked: boolean) => void;
}

/** A box for the application files, where the installation has any, or where one that is ticked has to be unticked. */
export function FilesBox({ label, isChecked, onCheck }: Props) {
  const [loaded] = useLoaded(() => outcomeOf(api.GET('/api/backups/scopes')), []);
  const { value, failure } = loaded.value;
  // An installation that could not be asked may have files.
  if (!isChecked && failure === undefined && value?.has_files !== true) return null;
  return (
    <label class="check">
      <input type="checkbox" checked={isChecked} onChange={({ currentTarget }) => onCheck(currentTarget.checked)} />
      {label}
    </label>
  );
}
