import type { Notice } from '../alerts/alert';
import { webhookBody } from './webhook-formats';

const NOTICE: Notice = {
  id: '2f4d2bfa-6a0b-4f0c-9d3a-0b7f3f6e2a11',
  alert: 'backup_failed',
  state: 'raised',
  message: 'Backup 7 failed: <!channel> & `@everyone`',
  about: { backup_id: 7, label: 'before the <move>', requested_by: 'alice', size_bytes: 1_572_864 },
  at: '2026-01-05T02:00:10.000Z',
  instance: 'here',
  link: 'https://scc.example/backups',
};

describe('the shape of a webhook', () => {
  const shaped = (format: Parameters<typeof webhookBody>[0]): unknown => JSON.parse(webhookBody(format, NOTICE));

  it('for Slack mentions no channel', () => {
    expect(shaped('slack')).toEqual({
      text: [
        '*here: backup failed*',
        'Backup 7 failed: &lt;!channel&gt; &amp; `@everyone`',
        'Backup: 7 (before the &lt;move&gt;)',
        'Requested by: alice',
        'Size: 1.5 MiB',
        'Since: 2026-01-05T02:00:10.000Z',
        'Look here: https://scc.example/backups',
      ].join('\n'),
    });
  });

  it('for Mattermost is one block in which nothing is Markdown', () => {
    const { text } = shaped('mattermost') as { text: string };
    expect(text.split('```')).toHaveLength(3);
    expect(text).toContain("Backup 7 failed: <!channel> & '@everyone'");
  });

  it('for Discord mentions no user and keeps to its limits', () => {
    expect(shaped('discord')).toMatchObject({
      allowed_mentions: { parse: [] },
      embeds: [{ title: 'here: backup failed', color: 0xc0392b, timestamp: NOTICE.at }],
    });
    const long = { ...NOTICE, message: 'x'.repeat(10_000), instance: 'y'.repeat(1_000) };
    const { embeds } = JSON.parse(webhookBody('discord', long)) as { embeds: { title: string; description: string }[] };
    expect([embeds[0]?.title.length, (embeds[0]?.description.length ?? 0) <= 4_096]).toEqual([256, true]);
  });

  it('for Teams is an adaptive card with a button', () => {
    expect(shaped('teams')).toMatchObject({
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          content: {
            type: 'AdaptiveCard',
            version: '1.4',
            body: expect.arrayContaining([
              expect.objectContaining({
                type: 'TextBlock',
                text: 'Backup 7 failed: \\<!channel\\> & \\`@everyone\\`',
              }),
              expect.objectContaining({ text: 'Look here: https://scc.example/backups' }),
            ]) as unknown,
            actions: [{ type: 'Action.OpenUrl', url: NOTICE.link }],
          },
        },
      ],
    });
  });

  it.each(['discord', 'teams', 'slack'] as const)('for %s has no link that a label has made', (format) => {
    const label = '[Open](https://evil.example) <https://evil.example|Open>';
    const body = webhookBody(format, { ...NOTICE, instance: label, message: label, about: { backup_id: 7, label } });
    // Slack knows no links in brackets.
    expect(body).not.toMatch(format === 'slack' ? /<https/ : /\[Open\]|\]\(|[^\\]<https/);
    expect(body.match(/evil\.example/g)?.length).toBe(6);
    expect(body).toContain('Look here: https://scc.example/backups');
  });

  it('by default has a type of its own for each notice, and what it is about', () => {
    expect(shaped('standard')).toEqual({
      type: 'berkut.backups.backup_failed.raised',
      timestamp: NOTICE.at,
      data: {
        alert: 'backup_failed',
        state: 'raised',
        message: NOTICE.message,
        instance: 'here',
        ...NOTICE.about,
        link: NOTICE.link,
      },
    });
  });

  it.each(['slack', 'mattermost', 'discord', 'teams', 'standard'] as const)('for %s has the cause', (format) => {
    const cause = 'storage directory, ENOSPC';
    expect(webhookBody(format, { ...NOTICE, cause })).toContain(
      format === 'standard' ? `"cause":"${cause}"` : `Cause: ${cause}`,
    );
  });
});
