import { eventually } from '../support/eventually';
import type { JsonClient } from '../support/json-client';

/** Waits until nothing is left of any run. */
export function tidied(client: JsonClient): Promise<void> {
  return eventually(async () => {
    const { body } = await client.get<{ item: { leftovers: unknown[] } }>('/backups/integrity');
    return body.item.leftovers.length === 0;
  });
}
