/** What the server says an action would do, as an action's dialog shows it before it is armed. */
import { useEffect, useState } from "react";
import type { ActionPreview, RunAction, StateType } from "../../../src/server/contract.ts";
import { client } from "../api/client.ts";
import { ApiProblem, type Trouble, troubleOf } from "../api/problem.ts";
import { type ActionBodies, resources } from "../api/resources.ts";
import { ErrorBox } from "../parts/error-box.tsx";
import { StateMark } from "../parts/state-mark.tsx";
import type { Words } from "../words/en.ts";
import { useWords } from "../words/words.tsx";
import type { DialogAction } from "./actions.tsx";

/** Where something has to be said, there; else on the button that acts, but for a cancel: Enter must not stop a run. */
export function useFirstFocus(action: DialogAction): void {
  useEffect(() => {
    const dialog = document.querySelector(".dialog[open]");
    const buttons = dialog?.querySelectorAll<HTMLElement>(".dialog-foot button");
    const field = dialog?.querySelector<HTMLElement>("textarea");
    (field ?? buttons?.[action === "cancel" ? 0 : buttons.length - 1])?.focus();
  }, [action]);
}

export function Refused({ trouble }: { readonly trouble: Trouble }) {
  const words = useWords();
  if (!(trouble instanceof ApiProblem) || trouble.problem.state === undefined) return <ErrorBox trouble={trouble} />;
  return (
    <div className="error-box" role="alert">
      <div className="error-box-text">
        <p>{words.actions.refused(words.states[trouble.problem.state])}</p>
        <StateMark state={trouble.problem.state} />
      </div>
    </div>
  );
}

interface Previewed {
  readonly data?: ActionPreview;
  readonly trouble?: Trouble;
}

/** Of this body: what was said of the one before is gone as soon as it changes. */
export function usePreview(run: string, action: DialogAction, body: Partial<ActionBodies[DialogAction]>): Previewed {
  const [state, setState] = useState<Previewed & { readonly of?: string }>({});
  const text = JSON.stringify(body);
  useEffect(() => {
    let stale = false;
    client.post(resources.preview(run, action), JSON.parse(text) as never).then(
      (data) => {
        if (!stale) setState({ data, of: text });
      },
      (error: unknown) => {
        if (!stale) setState({ trouble: troubleOf(error), of: text });
      },
    );
    return () => {
      stale = true;
    };
  }, [run, action, text]);
  return state.of === text ? state : {};
}

/** What it says, or that it is being asked. */
export function PreviewShown({ preview }: { readonly preview: Previewed }) {
  const words = useWords();
  if (preview.data !== undefined) return <PreviewText preview={preview.data} />;
  if (preview.trouble !== undefined) return null;
  return (
    <p className="muted" role="status">
      {words.actions.asking}
    </p>
  );
}

const NAMED_MAX = 12;
const BECOMES = ["runs", "waits", "depends", "ends"] as const;

function PreviewText({ preview }: { readonly preview: ActionPreview }) {
  const words = useWords();
  const { taskRuns, more, stays, flow, assumes, action } = preview;
  const groups = BECOMES.map((becomes) => ({
    becomes,
    list: taskRuns.filter((one) => one.becomes === becomes),
  })).filter(({ list }) => list.length > 0);
  return (
    <div className="preview">
      {groups.map(({ becomes, list }) => (
        <section key={becomes}>
          <h3>{effectText(action, becomes, words)(list.length)}</h3>
          <ul>
            {list.slice(0, NAMED_MAX).map(({ id, name, from, to, dependsOn }) => (
              <li key={id}>
                <StateMark state={from} />
                <span className="preview-name">{name}</span>
                <Becomes to={to} dependsOn={dependsOn} />
              </li>
            ))}
          </ul>
          {list.length > NAMED_MAX && <p className="muted">{words.actions.more(list.length - NAMED_MAX)}</p>}
        </section>
      ))}
      {groups.length === 0 && <p>{words.actions.nothing}</p>}
      {more > 0 && <p className="muted">{words.actions.more(more)}</p>}
      <p className="muted">
        {action === "pause" && `${words.actions.pauseRest} `}
        {stays > 0 && `${words.actions.stays(stays)} `}
        {flow.to !== undefined && words.actions.runBecomes(words.states[flow.to])}
      </p>
      {assumes.length > 0 && (
        <p className="muted small-text">
          {words.actions.assumes}: {assumes.map(words.actions.assumption).join("; ")}
        </p>
      )}
    </div>
  );
}

function effectText(action: RunAction, becomes: (typeof BECOMES)[number], words: Words): (total: number) => string {
  const { effect, effectRuns, pauseEffect, cancelEffect } = words.actions;
  if (action === "cancel" && becomes === "ends") return cancelEffect;
  if (becomes !== "runs" || action === "retry" || action === "run-from") return effect[becomes];
  return action === "pause" ? pauseEffect : effectRuns;
}

function Becomes({ to, dependsOn }: { readonly to: StateType | undefined; readonly dependsOn: string | undefined }) {
  const words = useWords();
  if (dependsOn !== undefined) return <span className="muted">{words.actions.dependsOn(dependsOn)}</span>;
  if (to === undefined) return null;
  return <span className="muted">{words.actions.becomes(words.states[to])}</span>;
}
