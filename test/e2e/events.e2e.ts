import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { sendEvents } from '../../src/kernel/http/event-stream';
import { LiveRows, type Look } from '../../src/kernel/http/live-rows';
import { AppError } from '../../src/kernel/errors/app-error';
import { itLong } from '../support/form';
import { startTestService, type TestService } from '../support/app';
import { eventually } from '../support/eventually';
import { type ToolWrapper, wrapTools } from '../support/tool-wrapper';

const EVENTS = { Accept: 'text/event-stream' };

interface Event {
  id: string;
  item: { id: number; status: string; steps?: { name: string; status: string }[] };
}

/** Reads a stream of events to its end, or until `isEnough`. */
async function read(response: Response, isEnough: (event: Event) => boolean = () => false): Promise<Event[]> {
  const events: Event[] = [];
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const [, id, data] = /^id: (\d+)\ndata: (.*)$/.exec(text.slice(0, end)) ?? [];
      text = text.slice(end + 2);
      if (id === undefined || data === undefined) continue;
      events.push({ id, ...(JSON.parse(data) as Pick<Event, 'item'>) });
      if (events.some(isEnough)) return events;
    }
  }
  return events;
}

describe('the events of a run', () => {
  let service: TestService;
  let tools: ToolWrapper;
  beforeAll(async () => {
    tools = await wrapTools();
    service = await startTestService({ small: true, environment: { BERKUT_BACKUP_PGDUMP_BIN: tools.pgDumpBin } });
  });
  afterAll(async () => {
    await service.stop();
    await tools.remove();
  });

  it('follow a backup to its end; a client that comes back gets what it has missed, or 204', async () => {
    const { client } = service;
    await tools.hold();
    const started = await client.post('/backups');
    const path = `/backups/${started.body.artifact.id}`;
    const response = await client.fetch('GET', path, undefined, EVENTS);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const reading = read(response);
    await tools.held();
    await tools.release();
    const events = await reading;
    expect(events.at(-1)?.item).toMatchObject({ id: started.body.artifact.id, status: 'success' });
    expect(events.length).toBeGreaterThan(1);
    expect(events.at(-1)?.item).toEqual((await client.get(path)).body.item);

    const again = await client.fetch('GET', path, undefined, { ...EVENTS, 'Last-Event-ID': events[0]?.id ?? '' });
    expect(await read(again)).toEqual([events.at(-1)]);
    const done = await client.fetch('GET', path, undefined, { ...EVENTS, 'Last-Event-ID': events.at(-1)?.id ?? '' });
    expect(done.status).toBe(204);
    const missing = await client.send('GET', '/backups/999999', undefined, EVENTS);
    expect(missing.status).toBe(404);
    expect(missing.body.error.code).toBe('backups.not_found');
  });

  itLong('follow a restore through maintenance', async () => {
    const { client } = service;
    const { id } = await client.backUp();
    await tools.holdRestore();
    const started = await client.post(`/backups/${id}/restore`);
    const response = await client.fetch('GET', `/backups/restores/${started.body.restore_id}`, undefined, EVENTS);
    await tools.restoreHeld();
    expect((await client.get('/backups')).status).toBe(503);
    // One client that joins only now, and one that leaves again.
    const late = await client.fetch('GET', `/backups/restores/${started.body.restore_id}`, undefined, EVENTS);
    const leaving = await client.fetch('GET', `/backups/restores/${started.body.restore_id}`, undefined, EVENTS);
    await leaving.body?.cancel();
    const both = Promise.all([read(response), read(late)]);
    await tools.release();
    for (const events of await both) {
      expect(events.at(-1)?.item.status).toBe('success');
      expect(events.at(-1)?.item.steps?.map((step) => step.status)).not.toContain('running');
    }
  });

  itLong('end when the service stops', async () => {
    await tools.hold();
    const started = await service.client.post('/backups');
    await tools.held();
    // Only now, or it might have been the one that makes the backup, and would wait for it.
    const other = await startTestService({
      beside: service,
      // With no patience at all connections are cut.
      environment: { BERKUT_BACKUP_PGDUMP_BIN: tools.pgDumpBin, BERKUT_SHUTDOWN_GRACE_SECONDS: '600' },
    });
    try {
      const response = await other.client.fetch('GET', `/backups/${started.body.artifact.id}`, undefined, EVENTS);
      const reading = read(response);
      await other.stopService();
      expect((await reading).at(-1)?.item.status).not.toBe('success');
      await tools.release();
      await service.client.backUp();
    } finally {
      await tools.release();
      await other.stop();
    }
  });
});

describe('a row that is watched', () => {
  let server: Server;
  let row: Look;
  let looks = 0;
  let isClosing = false;
  const rows = new LiveRows(() => {
    looks += 1;
    return Promise.resolve(row);
  });
  beforeEach(async () => {
    row = { version: 1, json: '{"n":1}', isEnded: false };
    looks = 0;
    isClosing = false;
    const app = express();
    app.get('/', (request, response) => {
      void sendEvents({ request, response }, rows, { id: 7, isClosing: () => isClosing, heartbeatMs: 1 }).then(
        (file) => file?.getStream().pipe(response),
        (error: unknown) => response.status(error instanceof AppError ? error.status : 500).end(),
      );
    });
    server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    isClosing = true;
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const connect = (): Promise<Response> => fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);

  it('is read once for a hundred watchers, which get signs of life in between', async () => {
    const responses = await Promise.all(Array.from({ length: 100 }, connect));
    looks = 0;
    const texts = Promise.all(responses.map((response) => response.text()));
    await eventually(() => Promise.resolve(looks >= 3));
    row = { version: 2, json: '{"n":2}', isEnded: true };
    for (const text of await texts) {
      expect(text).toContain(': still here\n\n');
      expect(text.split('\n\n').filter((event) => event.startsWith('id:'))).toEqual([
        'id: 1\ndata: {"n":1}',
        'id: 2\ndata: {"n":2}',
      ]);
    }
    expect(looks).toBeLessThan(20);
  });

  it('is refused to a caller with too many open streams, until it closes some', async () => {
    const agent = new Agent();
    const open = async (): Promise<IncomingMessage> => {
      const request = httpRequest(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { agent });
      request.on('error', () => undefined).end();
      return ((await once(request, 'response')) as [IncomingMessage])[0];
    };
    const responses = await Promise.all(Array.from({ length: 260 }, open));
    expect(responses.filter(({ statusCode }) => statusCode === 200)).toHaveLength(256);
    const refused = responses.filter(({ statusCode }) => statusCode === 429);
    expect(refused).toHaveLength(4);
    for (const response of responses.slice(0, 20)) response.on('error', () => undefined).destroy();
    await eventually(async () => (await open()).statusCode === 200);
    agent.destroy();
  });
});
