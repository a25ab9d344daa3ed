import { signal } from '@preact/signals';
import { readChoice, storeChoice } from '../theme/stored-choice';

export const LANGUAGES = ['en', 'ru'] as const;
export type Language = (typeof LANGUAGES)[number];

const KEY = 'berkut.language';

/** The language of the page: chosen before, or the browser's. */
export const language = signal<Language>(
  readChoice(KEY, LANGUAGES) ?? (navigator.language.startsWith('ru') ? 'ru' : 'en'),
);

document.documentElement.lang = language.peek();

export function chooseLanguage(chosen: Language): void {
  storeChoice(KEY, chosen);
  document.documentElement.lang = chosen;
  language.value = chosen;
}
