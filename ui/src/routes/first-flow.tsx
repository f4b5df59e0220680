/** Where there is no flow yet: one to begin with, and the command that serves it. */
import { CodeBlock } from "../parts/code-block.tsx";
import { Empty } from "../parts/empty.tsx";
import { useWords } from "../words/words.tsx";
import { HELLO_FLOW } from "./examples.ts";

export function FirstFlow() {
  const words = useWords();
  return (
    <Empty icon="flows" title={words.flows.empty}>
      <p>{words.flows.emptyText}</p>
      <CodeBlock text={HELLO_FLOW} />
      <p>{words.flows.emptyServe}</p>
      <CodeBlock text="npx caudal serve hello.ts" />
      <p className="muted" role="status">
        {words.flows.emptyWaiting}
      </p>
    </Empty>
  );
}
