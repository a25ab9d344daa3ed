import { Page } from '../../components/page';
import { goTo } from '../../routing/router';
import { hrefOf } from '../../routing/route';
import { texts } from '../../texts/texts';
import { AuditFilter } from './audit-filter';
import { readAuditQuery } from './audit-query';
import { AuditRecords } from './audit-records';
import { ChainCheck } from './chain-check';
import { ExportButtons } from './export-buttons';

/** The audit log: search, verification, export. */
export function AuditView({ query }: { readonly query: URLSearchParams }) {
  const { audit } = texts();
  const asked = readAuditQuery(query);
  const key = query.toString();
  return (
    <Page title={audit.title} actions={<ExportButtons query={asked} />}>
      <p>{audit.lead}</p>
      <ChainCheck />
      <AuditFilter key={`filter ${key}`} query={asked} onSearch={(next) => goTo(hrefOf('/audit', { ...next }))} />
      <AuditRecords key={`records ${key}`} query={asked} />
    </Page>
  );
}
