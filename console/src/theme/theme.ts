import { signal } from '@preact/signals';
import { readChoice, storeChoice } from './stored-choice';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'berkut.theme';
const systemIsDark = window.matchMedia('(prefers-color-scheme: dark)');

/** The colours that were chosen; `system` follows the machine. */
export const theme = signal<Theme>(readChoice(KEY, THEMES) ?? 'system');

/** Counts changes of the colours, for pictures, which are painted anew. */
export const paletteVersion = signal(0);

function apply(): void {
  document.documentElement.dataset['theme'] = theme.peek();
  paletteVersion.value += 1;
}

apply();
systemIsDark.addEventListener('change', apply);

export function chooseTheme(chosen: Theme): void {
  storeChoice(KEY, chosen);
  theme.value = chosen;
  apply();
}
