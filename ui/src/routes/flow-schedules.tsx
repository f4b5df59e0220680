/** When a flow starts by itself; where it does not, how it could. */
import type { FlowDetail } from "../../../src/server/contract.ts";
import { CodeBlock } from "../parts/code-block.tsx";
import { Empty } from "../parts/empty.tsx";
import { useWords } from "../words/words.tsx";
import { ScheduleExamples } from "./schedule-examples.tsx";
import { ScheduleFacts } from "./schedule-facts.tsx";

export function FlowSchedules({ flow: { name, schedule } }: { readonly flow: FlowDetail }) {
  const words = useWords();
  if (schedule !== undefined) return <ScheduleFacts id={schedule.id} />;
  return (
    <Empty icon="schedules" title={words.schedules.byHand}>
      <p>{words.schedules.emptyText}</p>
      <ScheduleExamples />
      <CodeBlock text={`flow({ name: ${JSON.stringify(name)}, schedule: every("1h") }, …)`} />
    </Empty>
  );
}
