import type { WebhookFormat } from '../kernel/config/webhook-format';
import type { Notice } from '../alerts/alert';
import { present } from '../engine/optional/present';
import { headlineOf, linesOf } from './notice-text';

/** Discord refuses descriptions longer than 4,096 characters; the others take more. */
const MAX_TEXT = 3_500;
const COLOURS = { bad: 0xc0392b, good: 0x27ae60 } as const;

/** The body that a receiver of one kind understands, as JSON. */
export function webhookBody(format: WebhookFormat, notice: Notice): string {
  return JSON.stringify(shapeOf(format, notice));
}

function shapeOf(format: WebhookFormat, notice: Notice): object {
  const title = headlineOf(notice);
  const text = linesOf(notice).join('\n').slice(0, MAX_TEXT);
  const plainLines = linesWithoutMarkdown(notice);
  switch (format) {
    case 'standard':
      return standardShape(notice);
    case 'slack':
      // Only these three have a meaning (Slack, "Formatting text for app surfaces"); a message can mention no person then.
      return { text: `*${forSlack(title)}*\n${forSlack(text)}` };
    case 'mattermost':
      // Discord reads neither Markdown nor mentions in a block of code.
      return {
        username: 'Berkut SCC Backups',
        text: `#### ${withoutMarks(title)}\n\`\`\`\n${withoutMarks(text)}\n\`\`\``,
      };
    case 'discord':
      return {
        username: 'Berkut SCC Backups',
        allowed_mentions: { parse: [] },
        embeds: [
          {
            title: withoutMarkdown(title).slice(0, 256),
            description: plainLines.join('\n').slice(0, MAX_TEXT),
            color: COLOURS[moodOf(notice)],
            timestamp: notice.at,
          },
        ],
      };
    case 'teams':
      return {
        type: 'message',
        attachments: [adaptiveCard(notice, { title: withoutMarkdown(title), lines: plainLines })],
      };
  }
}

function standardShape({ alert, state, message, cause, at, instance, about, link }: Notice): object {
  if (alert === 'test') return { type: 'berkut.backups.test', timestamp: at, data: { message, instance } };
  return {
    type: `berkut.backups.${alert}.${state}`,
    timestamp: at,
    data: { alert, state, message, cause, instance, ...about, link },
  };
}

/** Microsoft Teams, "Workflows" webhook: one Adaptive Card of version 1.4. */
function adaptiveCard(notice: Notice, { title, lines }: { title: string; lines: readonly string[] }): object {
  const block = (text: string, looks: object): object => ({ type: 'TextBlock', text, wrap: true, ...looks });
  const color = moodOf(notice) === 'bad' ? 'Attention' : 'Good';
  return {
    contentType: 'application/vnd.microsoft.card.adaptive',
    content: {
      $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
      type: 'AdaptiveCard',
      version: '1.4',
      body: [
        block(title, { weight: 'Bolder', size: 'Medium', color }),
        ...lines.map((line) => block(line.slice(0, MAX_TEXT), { fontType: 'Monospace' })),
      ],
      ...present({
        actions: notice.link === undefined ? undefined : [{ type: 'Action.OpenUrl', title: 'Open', url: notice.link }],
      }),
    },
  };
}

function moodOf({ state }: Notice): 'bad' | 'good' {
  return state === 'raised' || state === 'failed' ? 'bad' : 'good';
}

function forSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function withoutMarks(text: string): string {
  return text.replaceAll('`', "'");
}

/** The link is the operator's own, and has to work. */
function linesWithoutMarkdown(notice: Notice): string[] {
  const { link, ...rest } = notice;
  const own = link === undefined ? [] : linesOf(notice).slice(-1);
  return [...linesOf(rest).map(withoutMarkdown), ...own];
}

/** A label may be anything: a link in it would pass for one of ours. Discord and Teams show what follows a backslash as it is. */
function withoutMarkdown(text: string): string {
  return text.replace(/[\\`*_~|<>#[\]()]/g, '\\$&');
}
