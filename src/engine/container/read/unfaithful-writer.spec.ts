import { createHash } from 'node:crypto';
import { faultOf, READERS, readers } from '../../../../test/support/container-readers';
import { containerOf, testRing } from '../../../../test/support/containers';
import { assembled, framesOf, withIndex } from '../../../../test/support/forged-container';
import { writeFrameHeader } from '../format/frame';
import { readHeader } from '../format/header';
import { streamKey } from '../format/key-derivation';
import { FRAME_HEADER_BYTES, HEADER_BYTES, SEGMENT_BYTES, STREAM_HEADER_BYTES, TAG_BYTES } from '../format/layout';
import { encodeOffsets } from '../format/manifest';
import { SegmentCipher } from '../format/segment-cipher';

/** As much as a first segment holds. */
const PLAIN_OF_FIRST = Buffer.alloc(1_048_520, 'abc');

describe('a stream whose writer had the key but did not keep to the format', () => {
  /** A full first segment of stream 0 that is not the last, and an empty last one behind it. */
  async function wrongStream() {
    const file = await containerOf([]);
    const header = readHeader(file.subarray(0, HEADER_BYTES), testRing);
    const streamHeader = Buffer.concat([Buffer.of(STREAM_HEADER_BYTES), Buffer.alloc(39)]);
    const key = streamKey(header.dek, streamHeader.subarray(1, 33), header.fileIdBytes, 0);
    const cipher = new SegmentCipher(key, streamHeader.subarray(33));
    const full = Buffer.alloc(FRAME_HEADER_BYTES + SEGMENT_BYTES);
    streamHeader.copy(full, FRAME_HEADER_BYTES);
    cipher.seal(0, false, [PLAIN_OF_FIRST], full, FRAME_HEADER_BYTES + STREAM_HEADER_BYTES);
    const empty = Buffer.alloc(FRAME_HEADER_BYTES + TAG_BYTES);
    cipher.seal(1, true, [], empty, FRAME_HEADER_BYTES);
    for (const frame of [full, empty]) writeFrameHeader(frame, 0);
    return { file, full, empty };
  }

  it('is refused for an empty last segment behind a full one', async () => {
    const { file, full, empty } = await wrongStream();
    const changed = assembled(file, [full, empty, ...framesOf(file)]);
    await expect(READERS.verifyForward(changed)).rejects.toMatchObject({ fault: 'corrupted', details: { segment: 1 } });
  });

  it.each(readers)('is refused by %s for having no last segment, even if the index agrees', async (_, read) => {
    const { file, full } = await wrongStream();
    const entry = {
      id: 0,
      name: 'data/0',
      kind: 'data',
      compression: 'none',
      plain_size: PLAIN_OF_FIRST.length,
      plain_sha256: createHash('sha256').update(PLAIN_OF_FIRST).digest('hex'),
      stored_size: SEGMENT_BYTES,
      segments: 1,
      frame_offsets: encodeOffsets([HEADER_BYTES]),
    };
    const listed = await withIndex(file, (index) => ({ ...index, streams: [entry] }));
    expect(await faultOf(read, assembled(file, [full, ...framesOf(listed)]))).toBe('corrupted');
  });
});
