import { z } from 'zod';

const ID = /^[0-9a-f]{32}$/;

const wholeNumber = z.number().int().nonnegative();

const RECORD = z.strictObject({
  id: z.string().regex(ID),
  /** `sub` of the token: an upload is there for its caller alone. */
  owner_id: z.string(),
  /** The requester of the backup. */
  owner_name: z.string(),
  filename: z.string(),
  /** As the client sent it, for its own use. */
  metadata: z.string().optional(),
  size_bytes: wholeNumber,
  created_at: z.iso.datetime(),
  /** What lies behind this offset came with a checksum that has not been compared yet. */
  unverified_from: wholeNumber.optional(),
  /** The backup that was made of it; from then on its bytes are gone. */
  backup_id: wholeNumber.optional(),
  finished_at: z.iso.datetime().optional(),
});

/** What is known of one resumable upload, as it is kept beside its bytes. */
export type UploadRecord = Readonly<z.output<typeof RECORD>>;

/** Whether an upload may have this id: so that no other text ever becomes part of a path. */
export function isUploadId(id: string): boolean {
  return ID.test(id);
}

/** @returns `undefined` for a text that is not a record: another version or program wrote it */
export function parseUploadRecord(text: string): UploadRecord | undefined {
  try {
    return RECORD.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
