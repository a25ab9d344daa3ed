import { Page } from '../../components/page';
import { texts } from '../../texts/texts';

export function AuditView({ query: _query }: { readonly query: URLSearchParams }) {
  return <Page title={texts().audit.title}>{null}</Page>;
}
