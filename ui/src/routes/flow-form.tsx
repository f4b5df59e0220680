/** Starting a flow with parameters: filled from the defaults, the address, or another run. */
import { useState } from "react";
import type { FlowDetail, Instant, Problem } from "../../../src/server/contract.ts";
import { addresses } from "../addresses.ts";
import { client } from "../api/client.ts";
import { ApiProblem, type Trouble, troubleOf } from "../api/problem.ts";
import { resources } from "../api/resources.ts";
import { useSnapshot } from "../api/use-snapshot.ts";
import { type Begins, BeginsField, soon } from "../form/begins-field.tsx";
import { asCli, asCurl } from "../form/commands.ts";
import { type Field, fieldsOf } from "../form/fields.ts";
import { ParameterForm } from "../form/parameter-form.tsx";
import { fromQuery, toQuery, type Values } from "../form/values.ts";
import { notify } from "../notices.ts";
import { CopyButton } from "../parts/code-block.tsx";
import { ErrorBox } from "../parts/error-box.tsx";
import { Icon } from "../parts/icon.tsx";
import { Loading } from "../parts/loading.tsx";
import { fullAddress, Link, navigate, useQuery, useSetQuery } from "../router.tsx";
import { useWords } from "../words/words.tsx";
import { startRun } from "./start-run.ts";

export function FlowForm({ flow }: { readonly flow: FlowDetail }) {
  const words = useWords();
  const query = useQuery();
  const from = query.get("from");
  const source = useSnapshot(from === null ? undefined : resources.run(from));
  if (source.trouble !== undefined) return <ErrorBox trouble={source.trouble} onRetry={source.reload} />;
  if (from !== null && source.data === undefined) return <Loading />;
  const given = { ...source.data?.parameters, ...fromQuery(fieldsOf(flow.schema) ?? [], query) };
  return (
    <section className="form-page" aria-label={words.form.title(flow.name)}>
      {from !== null && (
        <p className="muted">
          <Link to={addresses.run(from)}>{words.form.copied(source.data?.name ?? from)}</Link>
        </p>
      )}
      {/* Another run to copy is another form. */}
      <StartForm key={from ?? ""} flow={flow} given={given} tags={source.data?.tags ?? flow.tags} />
    </section>
  );
}

interface StartFormProps {
  readonly flow: FlowDetail;
  readonly given: Values;
  readonly tags: readonly string[];
}

function StartForm({ flow, given, tags }: StartFormProps) {
  const words = useWords();
  const [runName, setRunName] = useState("");
  const [tagText, setTagText] = useState(tags.join(", "));
  const [trouble, setTrouble] = useState<Trouble>();
  const [busy, setBusy] = useState(false);
  const { begins, change, isWrong, startAt } = useBegins();
  const submit = async (parameters: Values): Promise<Problem["fields"]> => {
    const at = startAt();
    if (at === "wrong") return undefined;
    setBusy(true);
    setTrouble(undefined);
    try {
      const run = await startRun(flow.name, {
        parameters,
        tags: tagText.split(",").flatMap((tag) => tag.trim() || []),
        ...(runName.trim() === "" ? {} : { runName: runName.trim() }),
        ...(at !== undefined && { at }),
      });
      const text = (at === undefined ? words.flow.started : words.flow.scheduled)(run.name);
      notify({ kind: "done", text, to: addresses.run(run.id) });
      navigate(addresses.run(run.id));
      return undefined;
    } catch (error) {
      const met = troubleOf(error);
      setTrouble(met);
      return met instanceof ApiProblem ? met.problem.fields : undefined;
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      {trouble !== undefined && <ErrorBox trouble={trouble} />}
      <BeginsField value={begins} isWrong={isWrong} onChange={change} />
      <details className="form-more">
        <summary>{words.form.more}</summary>
        <div className="fields">
          <TextLine id="run-name" label={words.form.runName} value={runName} onChange={setRunName} />
          <TextLine id="run-tags" label={words.form.tags} value={tagText} onChange={setTagText} />
        </div>
      </details>
      <ParameterForm
        schema={flow.schema}
        given={given}
        onSubmit={submit}
        submit={
          <button
            type="submit"
            className="button primary"
            aria-busy={busy || undefined}
            aria-disabled={!flow.loaded || undefined}
            disabled={!flow.loaded}
            title={flow.loaded ? undefined : words.flow.cannotRun}
          >
            <Icon name={begins.later ? "clock" : "play"} />
            {begins.later ? words.form.schedule : words.form.start}
          </button>
        }
        extras={(fields, values) => <CopyButtons flow={flow} fields={fields} values={values} begins={begins} />}
      />
    </>
  );
}

/** Later stands in the address, so that it can be linked to; the time is chosen here. */
function useBegins() {
  const setQuery = useSetQuery();
  const later = useQuery().get("begins") === "later";
  const [at, setAt] = useState<Instant | undefined>(soon);
  const [isWrong, setWrong] = useState(false);
  return {
    begins: { later, at },
    isWrong,
    change: (to: Begins) => {
      setAt(to.at);
      setWrong(false);
      if (to.later !== later) setQuery({ begins: to.later ? "later" : undefined }, { replace: true });
    },
    /** Undefined: at once. */
    startAt: (): Instant | undefined | "wrong" => {
      if (!later) return undefined;
      const isPast = at === undefined || at <= client.clock.now();
      setWrong(isPast);
      return isPast ? "wrong" : at;
    },
  };
}

interface TextLineProps {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function TextLine({ id, label, value, onChange }: TextLineProps) {
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="field-input">
        <input id={id} autoComplete="off" value={value} onChange={(event) => onChange(event.target.value)} />
      </div>
    </div>
  );
}

function CopyButtons({
  flow,
  fields,
  values,
  begins: { later, at },
}: {
  readonly flow: FlowDetail;
  readonly fields: readonly Field[];
  readonly values: Values;
  readonly begins: Begins;
}) {
  const words = useWords();
  const url = client.urlOf(resources.startRun(flow.name).path);
  return (
    <div className="row">
      <CopyButton
        label={words.form.copyLink}
        text={() =>
          fullAddress(
            addresses.flow(flow.name, "run", { ...toQuery(fields, values), ...(later && { begins: "later" }) }),
          )
        }
      />
      {/* The command begins a run in its own process: at once. */}
      {!later && <CopyButton label={words.form.copyCli} text={() => asCli(flow.name, flow.file, fields, values)} />}
      <CopyButton label={words.form.copyCurl} text={() => asCurl(url, fields, values, later ? at : undefined)} />
    </div>
  );
}
