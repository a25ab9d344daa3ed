import { location } from '../routing/router';
import type { Route } from '../routing/route';
import { may, type Permission } from '../session/permissions';
import { texts } from '../texts/texts';

interface Entry {
  readonly href: string;
  readonly title: string;
  readonly needs: Permission;
  readonly views: readonly Route['view'][];
}

/** The views that the caller may use. */
export function Navigation() {
  const { common, overview, backups, restore, plan, audit } = texts();
  const entries: readonly Entry[] = [
    { href: '#/', title: overview.title, needs: 'backups.read', views: ['overview'] },
    { href: '#/backups', title: backups.title, needs: 'backups.read', views: ['backups', 'backup'] },
    {
      href: may('backups.restore') ? '#/restore' : '#/restores',
      title: restore.title,
      needs: 'backups.read',
      views: ['restore', 'restore-backup', 'restores', 'restore-run'],
    },
    { href: '#/plan', title: plan.title, needs: 'backups.read', views: ['plan'] },
    { href: '#/audit', title: audit.title, needs: 'audit.read', views: ['audit'] },
  ];
  const { view } = location.value.route;
  return (
    <nav class="navigation" aria-label={common.navigation}>
      <ul>
        {entries
          .filter(({ needs }) => may(needs))
          .map(({ href, title, views }) => (
            <li key={href}>
              <a href={href} aria-current={views.includes(view) ? 'page' : undefined}>
                {title}
              </a>
            </li>
          ))}
      </ul>
    </nav>
  );
}
