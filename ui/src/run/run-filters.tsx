/** What the list of runs is narrowed by. All of it is in the address, so a filtered list can be sent to somebody. */
import { useId, useState } from "react";
import type { RunCounts, RunQuery, StateType, Trigger } from "../../../src/server/contract.ts";
import { resources } from "../api/resources.ts";
import { useSnapshot } from "../api/use-snapshot.ts";
import { countedStates, STATE_TYPES } from "../look.ts";
import { Button } from "../parts/button.tsx";
import { Icon } from "../parts/icon.tsx";
import { SearchField } from "../parts/search-field.tsx";
import { StateMark } from "../parts/state-mark.tsx";
import type { Words } from "../words/en.ts";
import { useWords } from "../words/words.tsx";

export type FilterName = "state" | "flow" | "tag" | "started" | "by" | "q";
export type FilterChanges = { readonly [name in FilterName]?: string | undefined };

const TRIGGERS: readonly Trigger[] = ["schedule", "page", "serve", "script"];
const WITHIN = ["1h", "24h", "7d", "30d"] as const;

/** Of the address, without what is no filter; a state that is none is left out. */
export function filtersOf(query: URLSearchParams): RunQuery {
  const text = (name: FilterName) => {
    const value = query.get(name);
    return value === null || value === "" ? {} : { [name]: value };
  };
  const by = TRIGGERS.find((one) => one === query.get("by"));
  const states = statesOf(query.get("state") ?? undefined);
  return {
    ...text("flow"),
    ...text("tag"),
    ...text("started"),
    ...text("q"),
    ...(by === undefined ? {} : { by }),
    ...(states.length === 0 ? {} : { state: states.join(",") }),
  };
}

export function statesOf(state: string | undefined): readonly StateType[] {
  return (state ?? "").split(",").filter((one): one is StateType => STATE_TYPES.includes(one as StateType));
}

export interface RunFiltersProps {
  readonly filters: RunQuery;
  readonly counts: RunCounts | undefined;
  readonly onChange: (changes: FilterChanges) => void;
}

export function RunFilters({ filters, counts, onChange }: RunFiltersProps) {
  const words = useWords();
  const flows = useSnapshot(resources.flows({ limit: 200 }), { refreshOn: ["flows"] }).data?.flows ?? [];
  const names = flows.map(({ name }) => name);
  const flow = filters.flow ?? "";
  // On a phone they would push the list out of sight.
  const [isOpen, setOpen] = useState(false);
  return (
    <search className="run-filters" data-open={isOpen || undefined}>
      <div className="row">
        <SearchField
          label={words.runs.search}
          keyLabel={words.keys.filter}
          value={filters.q ?? ""}
          onChange={(q) => onChange({ q })}
        />
        <Button className="filters-toggle" aria-expanded={isOpen} onPress={() => setOpen(!isOpen)}>
          <Icon name="filter" />
          {words.runs.filtersOf([flow, filters.started, filters.by].filter(Boolean).length)}
        </Button>
        <Choice
          label={words.runs.flow}
          value={flow}
          onChange={(value) => onChange({ flow: value })}
          choices={[
            ["", words.runs.allFlows],
            ...(flow === "" || names.includes(flow) ? names : [flow, ...names]).map((name) => [name, name] as const),
          ]}
        />
        <Choice
          label={words.runs.started}
          value={filters.started ?? ""}
          onChange={(value) => onChange({ started: value })}
          choices={[
            ["", words.runs.anyTime],
            ...WITHIN.map((one) => [one, words.runs.within[one]] as const),
            ...(filters.started === undefined || isWithin(filters.started)
              ? []
              : [[filters.started, filters.started] as const]),
          ]}
        />
        <Choice
          label={words.runs.by}
          value={filters.by ?? ""}
          onChange={(value) => onChange({ by: value })}
          choices={[["", words.runs.anyone], ...TRIGGERS.map((one) => [one, words.runsOfFlow.triggers[one]] as const)]}
        />
      </div>
      <StateChips filters={filters} counts={counts} onChange={onChange} />
      <Chips filters={filters} onChange={onChange} />
    </search>
  );
}

function isWithin(started: string): started is (typeof WITHIN)[number] {
  return (WITHIN as readonly string[]).includes(started);
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly (readonly [value: string, text: string])[];
  readonly onChange: (value: string) => void;
}

function Choice({ label, value, choices, onChange }: ChoiceProps) {
  const id = useId();
  return (
    <>
      <label className="unseen" htmlFor={id}>
        {label}
      </label>
      <select id={id} title={label} value={value} onChange={({ target }) => onChange(target.value)}>
        {choices.map(([one, text]) => (
          <option key={one} value={one}>
            {text}
          </option>
        ))}
      </select>
    </>
  );
}

/** How many runs there are in each state, under the other filters; a press shows only those. */
function StateChips({ filters, counts, onChange }: RunFiltersProps) {
  const words = useWords();
  const chosen = statesOf(filters.state);
  const there = countedStates(counts?.counts ?? {});
  const shown = [
    ...there,
    ...chosen.filter((state) => !there.some((one) => one.state === state)).map((state) => ({ state, count: 0 })),
  ];
  const toggle = (state: StateType) => {
    const next = chosen.includes(state) ? chosen.filter((one) => one !== state) : [...chosen, state];
    onChange({ state: next.join(",") });
  };
  return (
    <fieldset className="row" aria-label={words.runs.state}>
      {shown.map(({ state, count }) => {
        const total = counts?.more.includes(state) === true ? words.runs.over(count) : words.number(count);
        return (
          <button
            key={state}
            type="button"
            className="chip"
            aria-pressed={chosen.includes(state)}
            onClick={() => toggle(state)}
          >
            <StateMark state={state} detail={total} />
          </button>
        );
      })}
    </fieldset>
  );
}

function Chips({ filters, onChange }: Omit<RunFiltersProps, "counts">) {
  const words = useWords();
  const active = activeFilters(filters, words);
  if (active.length === 0) return null;
  return (
    <ul className="row" aria-label={words.runs.filters}>
      {active.map(({ name, text }) => (
        <li key={name}>
          <button
            type="button"
            className="chip filter-chip"
            aria-label={words.runs.drop(text)}
            title={words.runs.drop(text)}
            onClick={() => onChange({ [name]: undefined })}
          >
            {text}
            <Icon name="close" />
          </button>
        </li>
      ))}
      {active.length > 1 && (
        <li>
          <button
            type="button"
            className="button quiet small"
            onClick={() => onChange(Object.fromEntries(active.map(({ name }) => [name, undefined])))}
          >
            {words.runs.clearAll}
          </button>
        </li>
      )}
    </ul>
  );
}

export function activeFilters(
  { state, flow, tag, started, by, q }: RunQuery,
  words: Words,
): readonly { readonly name: FilterName; readonly text: string }[] {
  const chip = (name: FilterName, label: string, value: string | undefined) =>
    value === undefined ? [] : [{ name, text: `${label}: ${value}` }];
  return [
    ...chip(
      "state",
      words.runs.state,
      state === undefined
        ? undefined
        : statesOf(state)
            .map((one) => words.states[one])
            .join(", "),
    ),
    ...chip("flow", words.runs.flow, flow),
    ...chip("tag", words.runs.tag, tag),
    ...chip(
      "started",
      words.runs.started,
      started === undefined ? undefined : isWithin(started) ? words.runs.within[started] : started,
    ),
    ...chip("by", words.runs.by, by === undefined ? undefined : words.runsOfFlow.triggers[by]),
    ...chip("q", words.runs.search, q),
  ];
}
