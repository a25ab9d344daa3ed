import { useRef } from 'preact/hooks';
import { signOut } from '../session/session';
import { session } from '../session/state';
import { texts } from '../texts/texts';
import { Choices } from './choices';

/** Who is signed in, and the settings of the page. */
export function Account() {
  const place = useRef<HTMLDetailsElement>(null);
  const onKeyDown = ({ key }: KeyboardEvent): void => {
    if (key !== 'Escape' || place.current?.open !== true) return;
    place.current.open = false;
    place.current.querySelector('summary')?.focus();
  };
  const { common } = texts();
  const now = session.value;
  if (now.state !== 'signed_in') return null;
  const { username, roles } = now.me.user;
  return (
    <details ref={place} class="account" onKeyDown={onKeyDown}>
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
