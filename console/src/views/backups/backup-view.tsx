import { Page } from '../../components/page';
import { texts } from '../../texts/texts';

export function BackupView({ id: _id }: { readonly id: number }) {
  return <Page title={texts().backups.title}>{null}</Page>;
}
