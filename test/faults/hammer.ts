import pg from 'pg';

/** Clients that connect, ask something and connect again, as fast as they can. */
export interface Hammer {
  /** How often a client got in, and how often one was refused. */
  readonly counts: { readonly connected: number; readonly refused: number };
  stop(): Promise<void>;
}

export function hammer(url: string, clients: number): Hammer {
  const counts = { connected: 0, refused: 0 };
  let isStopped = false;
  const loop = async (): Promise<void> => {
    while (!isStopped) {
      const client = new pg.Client({ connectionString: url });
      client.on('error', () => undefined);
      await client.connect().then(
        async () => {
          counts.connected += 1;
          await client.query('SELECT count(*) FROM users').catch(() => undefined);
        },
        () => (counts.refused += 1),
      );
      await client.end().catch(() => undefined);
    }
  };
  const loops = Array.from({ length: clients }, loop);
  return {
    counts,
    async stop() {
      isStopped = true;
      await Promise.all(loops);
    },
  };
}
