/** What can be done with a run: each action with what it would do before it is done, and what it is refused for. */
import { createContext, type ReactNode, useContext, useMemo, useState } from "react";
import type { ActionState, RunAction, RunDetail, TaskRunSummary } from "../../../src/server/contract.ts";
import { addresses } from "../addresses.ts";
import { client } from "../api/client.ts";
import { ApiProblem, type Trouble, troubleOf } from "../api/problem.ts";
import { resources } from "../api/resources.ts";
import { keepSnapshot } from "../api/use-snapshot.ts";
import { useShortcut } from "../keys.ts";
import { store } from "../live/live.ts";
import { notify } from "../notices.ts";
import { Button } from "../parts/button.tsx";
import { navigate } from "../router.tsx";
import type { Words } from "../words/en.ts";
import { useWords } from "../words/words.tsx";
import { wishFor } from "../routes/start-run.ts";
import { ActionDialog, type ActionDialogProps } from "./action-dialog.tsx";
import { MarkDialog } from "./mark-dialog.tsx";

export type DialogAction = Exclude<RunAction, "again">;

export interface Asked {
  readonly action: DialogAction;
  readonly task?: AskedTask | undefined;
}

/** `state`: where the action depends on it. */
type AskedTask = Pick<TaskRunSummary, "id" | "name"> & Partial<Pick<TaskRunSummary, "state">>;

export interface Actions {
  readonly run: RunDetail;
  ask(asked: Asked): void;
  again(): void;
  readonly busy: boolean;
}

const Context = createContext<Actions | undefined>(undefined);

export function useActions(): Actions {
  const actions = useContext(Context);
  if (actions === undefined) throw new Error("actions are asked for outside ActionsProvider");
  return actions;
}

export const ACTION_KEYS = {
  cancel: "x",
  // One key for both: where the one can be done the other cannot.
  pause: "p",
  again: "a",
  resume: "p",
  retry: "t",
  "run-from": "T",
  approve: "y",
  reject: "n",
  mark: "m",
} as const satisfies Record<RunAction, string>;

/** Undefined where it can be done. */
export function reasonAgainst(run: RunDetail, action: RunAction, words: Words): string | undefined {
  return reasonOf(run.actions[action], words);
}

function reasonOf({ can, because }: ActionState, words: Words): string | undefined {
  if (can) return undefined;
  const code = because ?? "";
  return words.actions.because[code] ?? words.actions.becauseCode(code);
}

export function ActionsProvider({
  run,
  onDone,
  children,
}: {
  readonly run: RunDetail;
  readonly onDone: () => void;
  readonly children: ReactNode;
}) {
  const words = useWords();
  const [asked, setAsked] = useState<Asked>();
  const [busy, setBusy] = useState(false);
  const actions = useMemo((): Actions => {
    const again = async () => {
      setBusy(true);
      try {
        const made = await client.post(resources.again(run.id), { idempotencyKey: wishFor(`again ${run.id}`) });
        notify({ kind: "done", text: words.actions.done.again(made.name), to: addresses.run(made.id) });
        navigate(addresses.run(made.id));
      } catch (error) {
        notify({ kind: "error", text: refusalText(troubleOf(error), words) });
      } finally {
        setBusy(false);
      }
    };
    return { run, busy, ask: setAsked, again: () => void again() };
  }, [run, busy, words]);
  return (
    <Context value={actions}>
      {children}
      {asked !== undefined && (
        <AnyDialog
          run={run}
          asked={asked}
          onClose={() => setAsked(undefined)}
          onDone={(after) => {
            setAsked(undefined);
            takeAnswer(after);
            notify({ kind: "done", text: words.actions.done[asked.action](run.name) });
            onDone();
          }}
        />
      )}
    </Context>
  );
}

interface AnyDialogProps extends Omit<ActionDialogProps, "asked"> {
  readonly asked: Asked;
}

function AnyDialog({ asked, ...rest }: AnyDialogProps) {
  const { action, task } = asked;
  if (action !== "mark") return <ActionDialog {...rest} asked={{ ...asked, action }} />;
  return task === undefined ? null : <MarkDialog {...rest} task={task} />;
}

/** An action answers with the run as it is now: every pane has it at once. */
export function takeAnswer(run: RunDetail): void {
  keepSnapshot(resources.run(run.id), run);
  store.putRuns([run], run.cursor);
  store.putProgress(run.id, run.progress, run.cursor);
}

/** The new state where the old one moved on; otherwise what the server says. */
export function refusalText(trouble: Trouble, words: Words): string {
  if (!(trouble instanceof ApiProblem)) return words.trouble.noAnswer;
  const { state, detail } = trouble.problem;
  return state === undefined ? detail : words.actions.refused(words.states[state]);
}

/** One that waits for its time is begun, not gone on with. */
function wordOf(action: RunAction, { state }: RunDetail, words: Words): string {
  return action === "resume" && state === "Scheduled" ? words.actions.begin : words.actions[action];
}

export interface ActionButtonProps {
  readonly action: RunAction;
  readonly task?: Asked["task"];
  readonly kind?: "primary" | "plain" | "danger";
  readonly small?: boolean;
  /** Its key is registered by this button; of several with one action only one may. */
  readonly withKey?: boolean;
  /** Whether it can be done, where that is not the run's to say. */
  readonly allowed?: ActionState;
}

export function ActionButton({ action, task, kind = "plain", small = false, ...more }: ActionButtonProps) {
  const { withKey = true, allowed } = more;
  const words = useWords();
  const { run, ask, again, busy } = useActions();
  const reason = allowed === undefined ? reasonAgainst(run, action, words) : reasonOf(allowed, words);
  const act = () => (action === "again" ? again() : ask({ action, task }));
  return (
    <>
      <Button
        kind={kind}
        small={small}
        disabledBecause={reason}
        busy={action === "again" && busy}
        {...(withKey ? { keys: ACTION_KEYS[action] } : {})}
        onPress={act}
      >
        {wordOf(action, run, words)}
      </Button>
      {withKey && <ActionKey action={action} disabled={reason !== undefined} act={act} />}
    </>
  );
}

interface ActionKeyProps {
  readonly action: RunAction;
  readonly disabled: boolean;
  readonly act: () => void;
}

function ActionKey({ action, disabled, act }: ActionKeyProps) {
  const words = useWords();
  const { run } = useActions();
  useShortcut(ACTION_KEYS[action], wordOf(action, run, words), act, disabled);
  return null;
}
