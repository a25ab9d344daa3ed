import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { Notice } from '../alerts/alert';
import { mailChannel } from './mail-channel';

const NOTICE: Notice = {
  id: '2f4d2bfa-6a0b-4f0c-9d3a-0b7f3f6e2a11',
  alert: 'storage_low',
  state: 'raised',
  message: 'full',
  at: '2026-01-05T02:00:10.000Z',
  instance: 'here',
};

describe('notices by mail', () => {
  it('tell no password in the clear to another machine', async () => {
    const logins: string[] = [];
    const server = new SMTPServer({
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: ({ username = '' }, _session, done) => {
        logins.push(username);
        done(null, { user: username });
      },
    });
    server.listen(0, '127.0.0.1');
    await once(server.server, 'listening');
    const { port } = server.server.address() as AddressInfo;
    try {
      const addresses = { from: 'a@b.example', to: ['c@d.example'] };
      await expect(
        mailChannel(`smtp://user:hunter2@[::ffff:127.0.0.1]:${port}`, addresses, () => true).send(NOTICE),
      ).rejects.toThrow(/STARTTLS|upgrade|TLS/i);
      expect(logins).toEqual([]);
      await mailChannel(`smtp://user:hunter2@127.0.0.1:${port}`, addresses, () => true).send(NOTICE);
      expect(logins).toEqual(['user']);
    } finally {
      await new Promise<void>((resolve) => server.close(resolve));
    }
  });
});
