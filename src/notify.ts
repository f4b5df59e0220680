/** The door `caudal/notify`. */
export type { NotifyOptions, Notifier } from "./notify/notifier.ts";
export { slackWebhook, type SlackOptions } from "./notify/slack.ts";
export { webhook, type WebhookOptions } from "./notify/webhook.ts";
