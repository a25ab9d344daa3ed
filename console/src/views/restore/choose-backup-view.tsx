import { Page } from '../../components/page';
import { texts } from '../../texts/texts';

export function ChooseBackupView() {
  return <Page title={texts().restore.title}>{null}</Page>;
}
