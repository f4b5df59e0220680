/** What the words, the states and the error codes mean. */
import { useShortcuts } from "../keys.ts";
import { Button } from "../parts/button.tsx";
import { Icon } from "../parts/icon.tsx";
import { addresses } from "../addresses.ts";
import type { RouteProps } from "../app.tsx";
import { STATE_TYPES } from "../look.ts";
import { Page } from "../parts/page.tsx";
import { FactList } from "../parts/fact-list.tsx";
import { StateMark } from "../parts/state-mark.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { Link } from "../router.tsx";
import type { StateType } from "../../../src/server/contract.ts";
import { useWords } from "../words/words.tsx";
import { NotFoundPage } from "./not-found.tsx";
import { later } from "../later.tsx";

/** Their texts weigh as much as a page does. */
const { Part: ErrorList } = later(async () => (await import("./help-errors.tsx")).ErrorList);
const { Part: ErrorHelp } = later(async () => (await import("./help-errors.tsx")).ErrorHelp);

export function HelpPage({ parameters: { part, code } }: RouteProps) {
  if (part === undefined) return <HelpIndex />;
  if (part === "states" && code === undefined) return <HelpStates />;
  if (part === "errors") return code === undefined ? <ErrorList /> : <ErrorHelp code={code} />;
  return <NotFoundPage />;
}

function HelpIndex() {
  const words = useWords();
  const { wordNames, wordsList } = words.help;
  const sheet = useShortcuts().find(({ keys }) => keys === "?");
  const names = ["flow", "task", "run", "taskRun", "state", "schedule"] as const;
  return (
    <Page title={words.help.title} about={words.help.text}>
      <div className="help-index">
        <section className="card stack">
          <h2>{words.help.words}</h2>
          <FactList facts={names.map((name) => [wordNames[name], wordsList[name]])} />
        </section>
        <section className="card stack">
          <h2>
            <Link to={addresses.helpStates()}>{words.help.statesTitle}</Link>
          </h2>
          <p>{words.help.statesText}</p>
          <h2>
            <Link to={addresses.helpErrors()}>{words.help.errorsTitle}</Link>
          </h2>
          <p>{words.help.errorsText}</p>
          <h2>{words.keys.title}</h2>
          <p>{words.help.keysText}</p>
          <Button onPress={() => sheet?.run()}>
            <Icon name="keyboard" />
            {words.help.keysButton}
          </Button>
        </section>
      </div>
    </Page>
  );
}

function HelpStates() {
  const words = useWords();
  const columns: readonly Column<StateType>[] = [
    { key: "state", head: words.help.state, isName: true, cell: (state) => <StateMark state={state} /> },
    { key: "means", head: words.help.means, plain: true, cell: (state) => words.stateHelp[state] },
    { key: "code", head: words.help.code, cell: (state) => <code translate="no">{state}</code> },
  ];
  return (
    <Page
      title={words.help.statesTitle}
      crumbs={[{ text: words.help.title, to: addresses.help() }]}
      about={words.help.statesText}
    >
      <div className="table-frame">
        <Table caption={words.help.statesTitle} columns={columns} rows={STATE_TYPES} rowKey={(state) => state} />
      </div>
    </Page>
  );
}
