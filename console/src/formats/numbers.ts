import { locale } from '../texts/language';

export function formatNumber(value: number): string {
  return new Intl.NumberFormat(locale()).format(value);
}

/** @param percent from 0 to 100 */
export function formatPercent(percent: number): string {
  return new Intl.NumberFormat(locale(), { style: 'percent', maximumFractionDigits: 0 }).format(percent / 100);
}

/** A large number, short: for the axes of pictures. */
export function formatCompact(value: number): string {
  return new Intl.NumberFormat(locale(), { notation: 'compact', maximumSignificantDigits: 3 }).format(value);
}
