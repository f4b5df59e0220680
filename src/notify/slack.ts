/** A message to a channel of Slack, or of what takes Slack's messages (Mattermost, Rocket.Chat, …). */
import { errorLine, FAILURES_TOLD_MAX } from "./error-line.ts";
import { checkNotifyOptions, type News, notifier, type Notifier, type NotifyOptions } from "./notifier.ts";
import { familyOf } from "../state/task-state.ts";

export type SlackOptions = NotifyOptions;

const MARKS: Readonly<Record<string, string>> = { failed: ":x:", success: ":white_check_mark:" };

/**
 * Tells a channel of Slack by its incoming webhook: which flow and run, what failed and why, and where to look.
 * For `onFailure` of a flow or a task; as a listener or state handler it tells of `states`.
 * @throws CaudalError OPTION_INVALID. What fails when it tells is a warning: NOTIFY_SECRET, NOTIFY_REFUSED, NOTIFY_FAILED
 */
export function slackWebhook(options: SlackOptions): Notifier {
  checkNotifyOptions("slackWebhook", options);
  return notifier(options, {
    name: "slackWebhook",
    write: (news) => ({ body: JSON.stringify({ text: textOf(news) }) }),
  });
}

/** In Slack's own marks; all that is not ours is escaped, so that no name calls a channel together. */
export function textOf({ subject, state, info, link }: News): string {
  const mark = MARKS[familyOf(state.type)] ?? ":information_source:";
  const who = subject.kind === "flow" ? "" : ` task ${bold(subject.name)} of`;
  const lines = [`${mark}${who} flow ${bold(info.flowName)}: ${state.type} (run ${info.runId})`];
  if ("error" in state) lines.push(...whatFailed({ subject, info }), `Why: ${escaped(errorLine(state.error))}`);
  if (link !== undefined) lines.push(`<${escaped(link)}|Open the run>`);
  return lines.join("\n");
}

function whatFailed({ subject, info }: Pick<News, "subject" | "info">): readonly string[] {
  if (subject.kind === "task") return [];
  const { count, named } = info.failures();
  const shown = named.slice(0, FAILURES_TOLD_MAX);
  const more = count - shown.length;
  return [
    ...shown.map(({ name, state }) => `• ${bold(name)} ${state.type}: ${escaped(errorLine(state.error))}`),
    ...(more > 0 ? [`• and ${more} more`] : []),
  ];
}

const bold = (text: string) => `*${escaped(text.replaceAll(/[*\s]+/g, " "))}*`;

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
