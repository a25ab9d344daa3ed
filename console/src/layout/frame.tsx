import type { ComponentChildren } from 'preact';
import { ConnectionNotice } from '../components/connection-notice';
import { texts } from '../texts/texts';
import { Account } from './account';
import { Brand } from './brand';
import { Navigation } from './navigation';

/** What is around every view of a person who is signed in. */
export function Frame({ children }: { readonly children: ComponentChildren }) {
  const skip = (event: Event): void => {
    event.preventDefault();
    document.getElementById('content')?.focus();
  };
  return (
    <>
      <a class="skip" href="#content" onClick={skip}>
        {texts().common.skipToContent}
      </a>
      <header class="top">
        <Brand />
        <Navigation />
        <Account />
      </header>
      <main id="content" class="content" tabIndex={-1}>
        <ConnectionNotice />
        {children}
      </main>
    </>
  );
}
