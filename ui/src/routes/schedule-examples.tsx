/** Three schedules as one writes them, with the next instants each would give now. */
import type { Instant } from "../../../src/server/contract.ts";
import { instantOf, wallOf } from "../format-time.ts";
import { useNow } from "../live/live.ts";
import { Time } from "../time.tsx";
import { useWords } from "../words/words.tsx";
import { SCHEDULE_EXAMPLES } from "./examples.ts";

const DAY = 86_400_000;
const ZONE = "America/Mexico_City";
/** The anchor of intervals: a Tuesday. */
const ANCHOR = "2019-01-01T00:00";

export function ScheduleExamples() {
  const words = useWords();
  const now = useNow(false);
  return (
    <ul className="examples">
      {SCHEDULE_EXAMPLES.map(({ key, code }) => (
        <li key={key}>
          <code>{code}</code>
          <span className="muted">{words.schedules.examples[key]}</span>
          <span className="small-text">
            <Time at={nextOf(key, now)} as="both" />
          </span>
        </li>
      ))}
    </ul>
  );
}

function nextOf(key: (typeof SCHEDULE_EXAMPLES)[number]["key"], now: Instant): Instant {
  if (key === "minute") return Math.floor(now / 60_000 + 1) * 60_000;
  for (let ahead = 0; ahead < 9; ahead++) {
    const { date } = wallOf(now + ahead * DAY, ZONE);
    const weekday = new Date(`${date}T00:00Z`).getUTCDay();
    const wall = key === "morning" ? `${date}T09:00` : `${date}${ANCHOR.slice(10)}`;
    const at = instantOf(wall, ZONE) ?? 0;
    const fits = key === "morning" ? weekday >= 1 && weekday <= 5 : weekday === new Date(`${ANCHOR}Z`).getUTCDay();
    if (fits && at > now) return at;
  }
  return now;
}
