/** The one way a time is shown: where, in which zone, and what it is elsewhere. */
import { useState } from "react";
import type { Instant, Millis } from "../../src/server/contract.ts";
import { absolute, duration, iso, relative } from "./format-time.ts";
import { useNow } from "./live/live.ts";
import { settings, useSettings } from "./settings.ts";
import { useSpoken } from "./words/words.tsx";

const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
let serverZone = "UTC";

/** Of `About`: known after the first answer. */
export function setServerZone(zone: string): void {
  serverZone = zone;
}

/** The IANA name of the zone that is shown. */
export function zoneOf(choice = settings().zone): string {
  if (choice === "browser") return browserZone;
  return choice === "server" ? serverZone : choice;
}

export function useZone(): string {
  return zoneOf(useSettings().zone);
}

export interface TimeProps {
  readonly at: Instant;
  /** `relative`: in lists, "3 min ago". `absolute`: with its zone. `both`: in details. */
  readonly as?: "relative" | "absolute" | "both";
}

/** A click copies it in ISO 8601. */
export function Time({ at, as = "relative" }: TimeProps) {
  const zone = useZone();
  const { language, words } = useSpoken();
  const now = useNow(as !== "absolute");
  const [copied, setCopied] = useState(false);
  const exact = absolute(at, zone, language);
  const ago = relative(at, now, language);
  const shown = as === "absolute" ? exact : as === "relative" ? ago : `${ago} · ${exact}`;
  const copy = () => {
    void navigator.clipboard?.writeText(iso(at)).then(() => setCopied(true));
    window.setTimeout(() => setCopied(false), 1_500);
  };
  return (
    <time
      dateTime={iso(at)}
      className="time"
      title={copied ? words.common.copied : `${exact}\n${absolute(at, "UTC", language)}\n${iso(at)} · ${at}`}
      onDoubleClick={copy}
    >
      {shown}
    </time>
  );
}

/** How long it took, or takes: ticks with the server's clock while it has no end. */
export function Duration({ from, to }: { readonly from: Instant | undefined; readonly to: Instant | undefined }) {
  const { language } = useSpoken();
  const now = useNow(from !== undefined && to === undefined);
  if (from === undefined) return <span className="muted">–</span>;
  return <DurationText ms={(to ?? now) - from} language={language} />;
}

export function DurationText({ ms, language }: { readonly ms: Millis; readonly language: string }) {
  return <span className="duration">{duration(ms, language)}</span>;
}
