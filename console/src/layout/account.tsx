import { signOut } from '../session/session';
import { session } from '../session/state';
import { texts } from '../texts/texts';
import { Choices } from './choices';

/** Who is signed in, and the settings of the page. */
export function Account() {
  const { common } = texts();
  const now = session.value;
  if (now.state !== 'signed_in') return null;
  const { username, roles } = now.me.user;
  return (
    <details class="account">
      <summary>
        <span class="hidden">{common.account}: </span>
        {username}
      </summary>
      <div class="account-body">
        <p class="quiet">{common.roles(roles.join(', '))}</p>
        <Choices />
        <div class="actions">
          <a class="button" href="/api/docs">
            {common.apiDocs}
          </a>
          <button type="button" class="button" onClick={() => void signOut()}>
            {common.signOut}
          </button>
        </div>
      </div>
    </details>
  );
}
