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

/** The language with the country of the browser, if that speaks it: it says how dates and numbers are written. */
export function locale(): string {
  const chosen = language.value;
  return navigator.languages.find((each) => each.split('-')[0] === chosen) ?? chosen;
}
