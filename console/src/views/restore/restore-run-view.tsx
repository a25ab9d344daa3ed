import { Page } from '../../components/page';
import { texts } from '../../texts/texts';

export function RestoreRunView({ id: _id }: { readonly id: number }) {
  return <Page title={texts().restore.runs}>{null}</Page>;
}
