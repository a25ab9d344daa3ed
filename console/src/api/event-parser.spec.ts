import { EventParser } from './event-parser';

const STREAM =
  'retry: 2000\n\n: still here\n\nid: 7\ndata: {"item":"Привет"}\n\nid: 8\r\ndata: one\r\ndata: two\r\n\r\n';
const EVENTS = [
  { id: '7', data: '{"item":"Привет"}' },
  { id: '8', data: 'one\ntwo' },
];

describe('a stream of events', () => {
  it('is read the same wherever its chunks end', () => {
    for (let length = 1; length <= STREAM.length; length += 1) {
      const parser = new EventParser();
      const events = [];
      for (let at = 0; at < STREAM.length; at += length) events.push(...parser.push(STREAM.slice(at, at + length)));
      expect(events).toEqual(EVENTS);
    }
  });

  it('gives no event before the empty line that ends it', () => {
    const parser = new EventParser();
    expect(parser.push('id: 1\ndata: x\n')).toEqual([]);
    expect(parser.push('\n')).toEqual([{ id: '1', data: 'x' }]);
  });
});
