/** When a flow starts by itself; where it does not, how it could. */
import type { FlowDetail } from "../../../src/server/contract.ts";
import { CodeBlock } from "../parts/code-block.tsx";
import { Empty } from "../parts/empty.tsx";
import { useWords } from "../words/words.tsx";
import { OnceRuns } from "./once-runs.tsx";
import { ScheduleExamples } from "./schedule-examples.tsx";
import { ScheduleFacts } from "./schedule-facts.tsx";

export function FlowSchedules({ flow: { name, schedule } }: { readonly flow: FlowDetail }) {
  return (
    <div className="schedule-lists">
      {schedule === undefined ? <NoSchedule flow={name} /> : <ScheduleFacts id={schedule.id} />}
      <OnceRuns flow={name} />
    </div>
  );
}

function NoSchedule({ flow }: { readonly flow: string }) {
  const words = useWords();
  return (
    <Empty icon="schedules" title={words.schedules.byHand}>
      <p>{words.schedules.emptyText}</p>
      <ScheduleExamples />
      <CodeBlock text={`flow({ name: ${JSON.stringify(flow)}, schedule: every("1h") }, …)`} />
    </Empty>
  );
}
