/** One field that leads everywhere: pages, flows, recent runs, and what may be done here. */
import { useEffect, useId, useMemo, useState } from "react";
import { addresses } from "../addresses.ts";
import { resources } from "../api/resources.ts";
import { useSnapshot } from "../api/use-snapshot.ts";
import { type Shortcut, useShortcuts } from "../keys.ts";
import { Keys } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Icon, type IconName } from "../parts/icon.tsx";
import { navigate } from "../router.tsx";
import type { Words } from "../words/en.ts";
import { useWords } from "../words/words.tsx";
import { PLACES, placeName } from "./menu.tsx";

interface Entry {
  readonly id: string;
  readonly group: string;
  readonly text: string;
  readonly about?: string;
  readonly icon: IconName;
  readonly keys?: string;
  readonly go: () => void;
}

const PER_GROUP_MAX = 7;

export function Palette({ onClose }: { readonly onClose: () => void }) {
  const words = useWords();
  const list = useId();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const entries = useEntries(text.trim(), words);
  const chosen = entries[Math.min(at, entries.length - 1)];
  const idOf = (entry: Entry) => `${list}-${entries.indexOf(entry)}`;
  const go = (entry: Entry | undefined) => {
    if (entry === undefined) return;
    onClose();
    entry.go();
  };
  const move = (by: number) =>
    setAt((was) => (Math.min(was, entries.length - 1) + by + entries.length) % entries.length);
  useEffect(() => {
    if (chosen !== undefined)
      document.getElementById(`${list}-${entries.indexOf(chosen)}`)?.scrollIntoView({ block: "nearest" });
  }, [chosen, entries, list]);

  return (
    <Dialog title={words.palette.title} onClose={onClose} bare>
      <div className="palette">
        <div className="palette-field">
          <Icon name="search" />
          <input
            autoFocus
            type="text"
            role="combobox"
            aria-expanded="true"
            aria-controls={list}
            aria-label={words.palette.title}
            aria-activedescendant={chosen === undefined ? undefined : idOf(chosen)}
            autoComplete="off"
            spellCheck={false}
            placeholder={words.palette.placeholder}
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              setAt(0);
            }}
            onKeyDown={(event) => {
              if (event.key === "ArrowDown") move(1);
              else if (event.key === "ArrowUp") move(-1);
              else if (event.key === "Enter") go(chosen);
              else return;
              event.preventDefault();
            }}
          />
        </div>
        <EntryList id={list} entries={entries} chosen={chosen} idOf={idOf} onGo={go} />
        {entries.length === 0 && <p className="palette-none">{words.palette.nothing(text)}</p>}
        <p className="palette-hint muted">{words.palette.hint}</p>
        <span className="unseen" role="status">
          {words.palette.results(entries.length)}
        </span>
      </div>
    </Dialog>
  );
}

interface EntryListProps {
  readonly id: string;
  readonly entries: readonly Entry[];
  readonly chosen: Entry | undefined;
  readonly idOf: (entry: Entry) => string;
  readonly onGo: (entry: Entry) => void;
}

function EntryList({ id, entries, chosen, idOf, onGo }: EntryListProps) {
  const words = useWords();
  const groups = [...new Set(entries.map(({ group }) => group))];
  return (
    <div className="palette-list" id={id} role="listbox" aria-label={words.palette.title}>
      {groups.map((group) => (
        // biome-ignore lint/a11y/useSemanticElements: a listbox holds groups of options, not fieldsets
        <div key={group} role="group" aria-label={group}>
          <div className="palette-group" aria-hidden="true">
            {group}
          </div>
          {entries
            .filter((entry) => entry.group === group)
            .map((entry) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the field above hears the keys of the whole list
              <div
                key={entry.id}
                id={idOf(entry)}
                role="option"
                tabIndex={-1}
                aria-selected={entry === chosen}
                className="palette-entry"
                onClick={() => onGo(entry)}
              >
                <Icon name={entry.icon} />
                <span className="palette-text">{entry.text}</span>
                {entry.about !== undefined && <span className="muted">{entry.about}</span>}
                {entry.keys !== undefined && <Keys keys={entry.keys} />}
              </div>
            ))}
        </div>
      ))}
    </div>
  );
}

function useEntries(text: string, words: Words): readonly Entry[] {
  const flows = useSnapshot(resources.flows({ limit: 200 })).data;
  const runs = useSnapshot(resources.runs(text === "" ? { limit: 7 } : { q: text, limit: 7 })).data;
  const shortcuts = useShortcuts();
  return useMemo(() => {
    const found = [
      ...actionEntries(shortcuts, words),
      ...pageEntries(words),
      ...(flows?.flows ?? []).map(
        ({ name, description }): Entry => ({
          id: `flow ${name}`,
          group: words.palette.flows,
          text: name,
          ...(description === undefined ? {} : { about: description }),
          icon: "flows",
          go: () => navigate(addresses.flow(name)),
        }),
      ),
    ].filter((entry) => fits(entry, text));
    const known = (runs?.runs ?? []).map(
      (run): Entry => ({
        id: `run ${run.id}`,
        group: words.palette.runs,
        text: run.name,
        about: `${run.flow} · ${words.states[run.state]}`,
        icon: "runs",
        go: () => navigate(addresses.run(run.id)),
      }),
    );
    return ranked([...found, ...known], text);
  }, [flows, runs, shortcuts, text, words]);
}

/** Actions that are legal on the page below: those whose shortcut is there and does something. */
function actionEntries(shortcuts: readonly Shortcut[], words: Words): readonly Entry[] {
  const noActions = /^(mod\+k|\?|\/|g .|[jk]|Escape|Enter|[1-9])$/;
  return shortcuts
    .filter(({ keys, disabled }) => disabled !== true && !noActions.test(keys))
    .map(({ keys, label, run }) => ({
      id: `action ${keys}`,
      group: words.palette.actions,
      text: label,
      icon: "play",
      keys,
      go: run,
    }));
}

function pageEntries(words: Words): readonly Entry[] {
  const group = words.palette.pages;
  const page = (text: string, to: string, icon: IconName, keys?: string): Entry => ({
    id: `page ${to}`,
    group,
    text,
    icon,
    ...(keys === undefined ? {} : { keys }),
    go: () => navigate(to),
  });
  return [
    ...PLACES.map((place) => page(placeName(words, place), place.to, place.icon, `g ${place.letter}`)),
    page(words.menu.help, addresses.help(), "help"),
    page(words.help.statesTitle, addresses.helpStates(), "help"),
    page(words.settings.about, addresses.settings("about"), "settings"),
  ];
}

function fits({ text, about }: Entry, wanted: string): boolean {
  const all = `${text} ${about ?? ""}`.toLowerCase();
  return wanted
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}

/** What begins with the text first, group by group; with nothing typed, a short list of each. */
function ranked(entries: readonly Entry[], text: string): readonly Entry[] {
  const begins = (entry: Entry) => text !== "" && entry.text.toLowerCase().startsWith(text.toLowerCase());
  const groups = [...new Set(entries.map(({ group }) => group))];
  const lists = groups.map((group) => {
    const own = entries.filter((entry) => entry.group === group);
    return [...own.filter(begins), ...own.filter((entry) => !begins(entry))].slice(0, PER_GROUP_MAX);
  });
  return lists.toSorted((a, b) => Number(b.some(begins)) - Number(a.some(begins))).flat();
}
