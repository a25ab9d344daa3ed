import { texts } from '../texts/texts';

export function Brand() {
  return (
    <a class="brand" href="#/">
      <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
        <path class="brand-shield" d="M16 2 4 7v8c0 7.2 5 12.7 12 15 7-2.3 12-7.8 12-15V7z" />
        <path class="brand-check" d="m10.5 16 4 4 7-8" />
      </svg>
      {texts().common.product}
    </a>
  );
}
