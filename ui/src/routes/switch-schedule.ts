/** Switching a schedule, with the way back in the toast. */
import { useCallback, useState } from "react";
import { client } from "../api/client.ts";
import { troubleOf } from "../api/problem.ts";
import { resources } from "../api/resources.ts";
import { keepSnapshot } from "../api/use-snapshot.ts";
import { store } from "../live/live.ts";
import { notify } from "../notices.ts";
import { useWords } from "../words/words.tsx";
import { textOf } from "./start-run.ts";

export interface ScheduleSwitch {
  readonly switchTo: (schedule: { readonly id: string; readonly flow: string }, on: boolean) => void;
  /** What a press has asked for and the server has not said yet. */
  readonly pending: ReadonlyMap<string, boolean>;
}

export function useScheduleSwitch(): ScheduleSwitch {
  const words = useWords();
  const [pending, setPending] = useState<ReadonlyMap<string, boolean>>(new Map());
  const switchTo = useCallback<ScheduleSwitch["switchTo"]>(
    (schedule, on) => {
      setPending((was) => new Map(was).set(schedule.id, on));
      client
        .post(resources.switchSchedule(schedule.id, on), {})
        .then((detail) => {
          keepSnapshot(resources.schedule(schedule.id), detail);
          store.touch("flows");
          notify({
            kind: "done",
            text: (on ? words.schedules.switchedOn : words.schedules.switchedOff)(schedule.flow),
            undo: () => switchTo(schedule, !on),
          });
        })
        .catch((error: unknown) => notify({ kind: "error", text: textOf(troubleOf(error), words.trouble.noAnswer) }))
        .finally(() => {
          setPending((was) => {
            const left = new Map(was);
            left.delete(schedule.id);
            return left;
          });
        });
    },
    [words],
  );
  return { switchTo, pending };
}
