import { Frame } from './layout/frame';
import { PlainFrame } from './layout/plain-frame';
import { View } from './layout/views';
import { location } from './routing/router';
import { maintenance, session } from './session/state';
import { texts } from './texts/texts';
import { MaintenanceView } from './views/maintenance/maintenance-view';
import { UnreachableView } from './views/maintenance/unreachable-view';
import { SignInView } from './views/sign-in/sign-in-view';

/** Decides what can be shown now: a view, the sign-in, or why nothing else is possible. */
export function App() {
  const now = session.value;
  const closed = maintenance.value;
  const { route, query } = location.value;
  // The view of a restore works through maintenance.
  if (closed !== undefined && !(now.state === 'signed_in' && route.view === 'restore-run'))
    return (
      <PlainFrame>
        <MaintenanceView key={closed.restoreId} restoreId={closed.restoreId} />
      </PlainFrame>
    );
  switch (now.state) {
    case 'starting':
      return <PlainFrame>{texts().common.loading}</PlainFrame>;
    case 'unreachable':
      return (
        <PlainFrame>
          <UnreachableView />
        </PlainFrame>
      );
    case 'signed_out':
      return (
        <PlainFrame>
          <SignInView reason={now.reason} />
        </PlainFrame>
      );
    case 'signed_in':
      return (
        <Frame>
          <View route={route} query={query} />
        </Frame>
      );
  }
}
