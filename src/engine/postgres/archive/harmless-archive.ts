import { inBlocks } from '../../bytes/in-blocks';
import { withDefinition } from './archive-edit';
import { TocReader } from './archive-toc';
import { IDENTIFIER, IDENTIFIERS } from '../server/identifiers';

const TEXT = `'(?:[^']|'')*'`;
/** What pg_dump writes for a subscription: all up to its options, and these. */
const SUBSCRIPTION = new RegExp(
  `^(CREATE SUBSCRIPTION ${IDENTIFIER} CONNECTION ${TEXT} PUBLICATION ${IDENTIFIERS} WITH )\\(((?:[^')]|${TEXT})*)\\);`,
);
/** Options that say whether it connects, and to which slot; the others stay. */
const CONNECTING = new RegExp(`(?:connect|enabled|create_slot|copy_data|slot_name) = (?:${TEXT}|\\w+)(?:, |$)`, 'g');
const ENABLE = /^ALTER SUBSCRIPTION .* ENABLE;\n?/gm;

/**
 * The same archive with subscriptions that do nothing: they are made disabled and without a slot, so that none takes changes from
 * its publisher while the rows are still loaded, and the database can be dropped again without asking the publisher.
 *
 * @param isOwner no other code holds the chunks of the archive: their memory is freed
 * @returns chunks that are their consumer's
 */
export async function* harmlessArchive(
  archive: AsyncIterable<Uint8Array>,
  { isOwner = false } = {},
): AsyncGenerator<Buffer, void, undefined> {
  const toc = new TocReader(archive, { isOwner });
  try {
    yield* inBlocks(harmlessEntries(toc));
    yield* toc.rest();
  } finally {
    await toc.close();
  }
}

async function* harmlessEntries(toc: TocReader): AsyncGenerator<Buffer, void, undefined> {
  yield (await toc.head()).bytes;
  for (let raw = await toc.next(); raw !== undefined; raw = await toc.next()) {
    yield raw.entry.type === 'SUBSCRIPTION' ? withDefinition(raw, harmlessSubscription) : raw.bytes;
  }
}

/** @param sql as pg_dump writes it; it stays what it was, byte for byte, but for these options */
function harmlessSubscription(sql: string): string {
  return sql.replace(ENABLE, '').replace(SUBSCRIPTION, (_, begin: string, options: string) => {
    const others = options.replace(CONNECTING, '').replace(/, $/, '');
    return `${begin}(${['connect = false', 'slot_name = NONE', ...(others === '' ? [] : [others])].join(', ')});`;
  });
}
