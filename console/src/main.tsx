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
import { askEarly } from './views/overview/first-answers';

const place = document.getElementById('app');
if (place !== null) {
  // A code in the address signs in: who was here before does not matter.
  if (location.peek().route.view === 'sign-in' && location.peek().query.has('code'))
    session.value = { state: 'signed_out', reason: 'none' };
  else {
    void readSession();
    if (location.peek().route.view === 'overview') askEarly();
  }
  render(<App />, place);
}
