import type { ComponentChild } from 'preact';
import { Page } from '../components/page';
import type { Route } from '../routing/route';
import { may, type Permission } from '../session/permissions';
import { texts } from '../texts/texts';
import { AuditView } from '../views/audit/audit-view';
import { BackupView } from '../views/backups/backup-view';
import { BackupsView } from '../views/backups/backups-view';
import { OverviewView } from '../views/overview/overview-view';
import { PlanView } from '../views/plan/plan-view';
import { ChooseBackupView } from '../views/restore/choose-backup-view';
import { RestoreRunView } from '../views/restore/restore-run-view';
import { RestoreRunsView } from '../views/restore/restore-runs-view';
import { RestoreView } from '../views/restore/restore-view';

const NEEDS: Readonly<Record<Route['view'], Permission | undefined>> = {
  overview: 'backups.read',
  'sign-in': undefined,
  backups: 'backups.read',
  backup: 'backups.read',
  restore: 'backups.restore',
  'restore-backup': 'backups.restore',
  restores: 'backups.read',
  'restore-run': 'backups.read',
  plan: 'backups.read',
  audit: 'audit.read',
  'not-found': undefined,
};

function Message({ title, hint }: { readonly title: string; readonly hint: string }) {
  return (
    <Page title={title}>
      <p>{hint}</p>
      <p>
        <a href="#/">{texts().common.toOverview}</a>
      </p>
    </Page>
  );
}

function viewOf(route: Route, query: URLSearchParams): ComponentChild {
  const { common } = texts();
  switch (route.view) {
    case 'overview':
    case 'sign-in':
      return <OverviewView />;
    case 'backups':
      return <BackupsView query={query} />;
    case 'backup':
      return <BackupView key={route.id} id={route.id} />;
    case 'restore':
      return <ChooseBackupView />;
    case 'restore-backup':
      return <RestoreView key={route.id} id={route.id} />;
    case 'restores':
      return <RestoreRunsView />;
    case 'restore-run':
      return <RestoreRunView key={route.id} id={route.id} />;
    case 'plan':
      return <PlanView />;
    case 'audit':
      return <AuditView query={query} />;
    case 'not-found':
      return <Message title={common.notFound} hint={common.notFoundHint} />;
  }
}

/** The view that the address names, for those who may see it. */
export function View({ route, query }: { readonly route: Route; readonly query: URLSearchParams }) {
  const { common } = texts();
  const needed = NEEDS[route.view];
  if (needed !== undefined && !may(needed)) return <Message title={common.notAllowed} hint={common.notAllowedHint} />;
  return <>{viewOf(route, query)}</>;
}
