import type { ComponentChildren } from 'preact';
import { Brand } from './brand';
import { Choices } from './choices';

/** What is around the page while there is no session, or nothing else can be shown. */
export function PlainFrame({ children }: { readonly children: ComponentChildren }) {
  return (
    <div class="plain">
      <header class="plain-head">
        <Brand />
      </header>
      <main class="plain-body">{children}</main>
      <footer>
        <Choices />
      </footer>
    </div>
  );
}
