import { Page } from '../../components/page';
import { texts } from '../../texts/texts';

export function BackupsView({ query: _query }: { readonly query: URLSearchParams }) {
  return <Page title={texts().backups.title}>{null}</Page>;
}
