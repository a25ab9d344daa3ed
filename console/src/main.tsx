import './styles/tokens.css';
import './styles/base.css';
import './styles/layout.css';
import './styles/components.css';
import './views/overview/overview.css';
import './views/plan/plan.css';
import './views/audit/audit.css';
import './views/backups/backups.css';
import './views/restore/restore.css';
import { render } from 'preact';
import { App } from './app';
import { location } from './routing/router';
import { readSession } from './session/session';
import { session } from './session/state';

/** So long the page stays white for an answer that is on its way: what it would show meanwhile is "Loading …". */
const PATIENCE_MS = 300;

async function begin(place: HTMLElement): Promise<void> {
  const { route, query } = location.peek();
  // A code in the address signs in: who was here before does not matter.
  if (route.view === 'sign-in' && query.has('code')) session.value = { state: 'signed_out', reason: 'none' };
  else await Promise.race([readSession(), new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
  render(<App />, place);
}

const place = document.getElementById('app');
if (place !== null) void begin(place);
