/** When a run begins: at once, or at a time on the wall clock of the zone that is shown. */
import { useId } from "react";
import type { Instant } from "../../../src/server/contract.ts";
import { client } from "../api/client.ts";
import { instantOf, wallOf, zoneName } from "../format-time.ts";
import { Segments } from "../parts/tabs.tsx";
import { useZone } from "../time.tsx";
import { useSpoken } from "../words/words.tsx";

const HOUR = 3_600_000;

/** What is typed, while it is no time yet. */
export interface Begins {
  readonly later: boolean;
  readonly at: Instant | undefined;
}

/** The next full hour. */
export function soon(now: Instant = client.clock.now()): Instant {
  return (Math.floor(now / HOUR) + 1) * HOUR;
}

export interface BeginsFieldProps {
  readonly value: Begins;
  readonly isWrong: boolean;
  readonly onChange: (value: Begins) => void;
}

export function BeginsField({ value: { later, at }, isWrong, onChange }: BeginsFieldProps) {
  const { words, language } = useSpoken();
  const zone = useZone();
  const id = useId();
  const wall = at === undefined ? undefined : wallOf(at, zone);
  return (
    <div className="field begins">
      <span className="begins-title" aria-hidden="true">
        {words.form.begins}
      </span>
      <Segments
        label={words.form.begins}
        value={later ? "later" : "now"}
        onChange={(to) => onChange({ later: to === "later", at: at ?? soon() })}
        choices={[
          { value: "now", text: words.form.beginsNow },
          { value: "later", text: words.form.beginsLater },
        ]}
      />
      {later && (
        <>
          <label htmlFor={id}>{words.form.beginsAt}</label>
          <div className="field-input">
            <input
              id={id}
              type="datetime-local"
              required
              aria-invalid={isWrong || undefined}
              aria-describedby={`${id}-help`}
              defaultValue={wall === undefined ? "" : `${wall.date}T${wall.time.slice(0, 5)}`}
              onChange={({ target }) => onChange({ later, at: instantOf(target.value, zone) })}
            />
            <span className="field-zone muted" title={zone}>
              {words.form.zone(zoneName(at ?? client.clock.now(), zone, language))}
            </span>
          </div>
          <p id={`${id}-help`} className={isWrong ? "field-error" : "muted small-text"}>
            {isWrong ? words.form.beginsPast : words.form.beginsHelp}
          </p>
        </>
      )}
    </div>
  );
}
