import { Page } from '../../components/page';
import { texts } from '../../texts/texts';

export function RestoreRunsView() {
  return <Page title={texts().restore.runs}>{null}</Page>;
}
