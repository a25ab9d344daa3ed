/** One event of a stream (HTML Living Standard, section 9.2); the service sends no other fields. */
export interface StreamEvent {
  readonly id: string | undefined;
  readonly data: string;
}

/** Reads a stream of events from chunks of text that end anywhere. */
export class EventParser {
  private rest = '';

  /** @returns the events that have become complete; comments and `retry` are none */
  push(chunk: string): StreamEvent[] {
    // A return at the end may belong to a line feed that has not come yet.
    const blocks = (this.rest + chunk).replaceAll('\r\n', '\n').split('\n\n');
    this.rest = blocks.pop() ?? '';
    return blocks.flatMap((block) => {
      const event = eventOf(block);
      return event === undefined ? [] : [event];
    });
  }
}

function eventOf(block: string): StreamEvent | undefined {
  let id: string | undefined;
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const [, name, value = ''] = /^(?<name>[^:]*)(?:: ?(?<value>.*))?$/.exec(line) ?? [];
    if (name === 'id') id = value;
    if (name === 'data') data.push(value);
  }
  return data.length === 0 ? undefined : { id, data: data.join('\n') };
}
