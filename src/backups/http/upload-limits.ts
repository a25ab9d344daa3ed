import type { AppConfig } from '../../kernel/config/config';
import type { Pace } from '../../kernel/http/body-pace';

/** Boundaries and headers of a multipart body around one file. */
const ENVELOPE_BYTES = 64 * 1024;
/** How often a slow client is looked at before it is given up. */
const LOOKS = 3;

/** How much of a body is read, and how slowly it may come. */
export interface UploadLimits {
  readonly fileBytes: number;
  /** Of the body: the file, and boundaries and headers around it. */
  readonly bodyBytes: number;
  readonly pace: Pace;
}

/** Too slow is less than a kilobyte a second for as long as is configured. */
export function uploadLimits({ uploadMaxBytes, uploadStallSeconds }: AppConfig): UploadLimits {
  const everyMs = (uploadStallSeconds * 1000) / LOOKS;
  return {
    fileBytes: uploadMaxBytes,
    bodyBytes: uploadMaxBytes + ENVELOPE_BYTES,
    pace: { everyMs, leastBytes: (1024 * everyMs) / 1000, chances: LOOKS },
  };
}
