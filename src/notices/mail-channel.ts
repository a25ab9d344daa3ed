import { createTransport } from 'nodemailer';
import type { Notice } from './alert';
import type { Channel } from './channel';

/** A server that says nothing for so long is not there. */
const TIMEOUT_MS = 30_000;

/**
 * Mails notices as plain text.
 *
 * @param server `smtp://` (with STARTTLS when the server offers it, and never with a password in the clear, but to this
 *   machine) or `smtps://`, user and password in it when needed
 * @param addresses of sender and recipients
 */
export function mailChannel(server: string, addresses: { from: string; to: readonly string[] }): Channel {
  const { protocol, hostname, port, username, password } = new URL(server);
  const host = hostname.replace(/^\[|\]$/g, '');
  return {
    name: 'mail',
    async send(notice) {
      const transport = createTransport({
        host,
        secure: protocol === 'smtps:',
        requireTLS: protocol === 'smtp:' && password !== '' && !isThisMachine(host),
        ...(port === '' ? {} : { port: Number(port) }),
        ...(username === ''
          ? {}
          : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
        connectionTimeout: TIMEOUT_MS,
        greetingTimeout: TIMEOUT_MS,
        socketTimeout: TIMEOUT_MS,
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      try {
        await transport.sendMail({
          from: addresses.from,
          to: [...addresses.to],
          subject: subjectOf(notice),
          text: textOf(notice),
          // The same for each attempt, so that a mail that arrives twice can be seen to be one.
          messageId: `<${notice.id}@berkut-scc-backups>`,
        });
      } finally {
        transport.close();
      }
    },
  };
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function subjectOf({ alert, state, instance }: Notice): string {
  return `[Berkut SCC Backups] ${instance}: ${alert.replaceAll('_', ' ')}${state === 'resolved' ? ' is over' : ''}`;
}

function textOf({ alert, message, state, at, instance }: Notice): string {
  if (alert === 'test') return `${message}\n\nAt ${at}, on ${instance}.\n`;
  const told = state === 'raised' ? message : `This is over: ${message}`;
  return `${told}\n\nSince ${at}, on ${instance}.\nWhat is wrong now: GET /api/backups/integrity\n`;
}
