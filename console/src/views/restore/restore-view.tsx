import { Page } from '../../components/page';
import { texts } from '../../texts/texts';

export function RestoreView({ id: _id }: { readonly id: number }) {
  return <Page title={texts().restore.title}>{null}</Page>;
}
