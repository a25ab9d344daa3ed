/** Shapes in which a webhook takes notices. */
export const WEBHOOK_FORMATS = ['standard', 'slack', 'mattermost', 'discord', 'teams'] as const;
export type WebhookFormat = (typeof WEBHOOK_FORMATS)[number];
