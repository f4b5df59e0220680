/** How the page looks and tells time here, and what the server is. */
import { type ReactNode, useId, useState } from "react";
import { addresses } from "../addresses.ts";
import { resources } from "../api/resources.ts";
import { useSnapshot } from "../api/use-snapshot.ts";
import type { RouteProps } from "../app.tsx";
import { absolute } from "../format-time.ts";
import { useNow } from "../live/live.ts";
import { Page } from "../parts/page.tsx";
import { Segments, Tabs } from "../parts/tabs.tsx";
import { Switch } from "../parts/switch.tsx";
import { changeSettings, isPerson, isZone, languageOf, type Language, type Theme, useSettings } from "../settings.ts";
import { zoneOf } from "../time.tsx";
import { useSpoken, useWords } from "../words/words.tsx";
import { About } from "./about.tsx";
import { NotFoundPage } from "./not-found.tsx";

export function SettingsPage({ parameters: { tab = "general" } }: RouteProps) {
  const words = useWords();
  if (tab !== "general" && tab !== "about") return <NotFoundPage />;
  return (
    <Page title={words.settings.title}>
      <Tabs
        label={words.settings.title}
        tabs={[
          { to: addresses.settings(), text: words.settings.appearance, current: tab === "general" },
          { to: addresses.settings("about"), text: words.settings.about, current: tab === "about" },
        ]}
      />
      {tab === "about" ? <About /> : <General />}
    </Page>
  );
}

function General() {
  const words = useWords();
  const settings = useSettings();
  const themes: readonly Theme[] = ["system", "light", "dark"];
  const languages: readonly Language[] = ["en", "es"];
  return (
    <div className="settings">
      <p className="muted">{words.settings.text}</p>
      <Setting title={words.frame.theme}>
        <Segments
          label={words.frame.theme}
          value={settings.theme}
          onChange={(theme) => changeSettings({ theme })}
          choices={themes.map((value) => ({ value, text: words.frame.themes[value] }))}
        />
      </Setting>
      <Setting title={words.frame.language}>
        <Segments
          label={words.frame.language}
          value={languageOf(settings)}
          onChange={(language) => changeSettings({ language })}
          choices={languages.map((value) => ({ value, text: words.frame.languages[value] }))}
        />
      </Setting>
      <Setting title={words.frame.zone}>
        <ZoneChoice />
      </Setting>
      <Setting title={words.settings.person}>
        <Person />
      </Setting>
      <Setting title={words.settings.keyboard}>
        <div className="switch-line">
          <Switch
            on={settings.shortcuts}
            label={words.keys.enable}
            onChange={(shortcuts) => changeSettings({ shortcuts })}
          />
          <span className="muted">{words.settings.keyboardText}</span>
        </div>
      </Setting>
    </div>
  );
}

function Setting({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="setting">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Person() {
  const words = useWords();
  const { person = "" } = useSettings();
  const id = useId();
  const [text, setText] = useState(person);
  const isWrong = text.trim() !== "" && !isPerson(text.trim());
  return (
    <div className="field">
      <label htmlFor={id}>{words.settings.name}</label>
      <div className="field-input">
        <input
          id={id}
          autoComplete="name"
          maxLength={60}
          spellCheck={false}
          aria-invalid={isWrong || undefined}
          aria-describedby={isWrong ? `${id}-wrong` : `${id}-help`}
          value={text}
          onChange={({ target }) => {
            setText(target.value);
            const name = target.value.trim();
            if (name === "") changeSettings({ person: undefined });
            else if (isPerson(name)) changeSettings({ person: name });
          }}
        />
      </div>
      {isWrong ? (
        <p id={`${id}-wrong`} className="field-error">
          {words.settings.nameWrong}
        </p>
      ) : (
        <p id={`${id}-help`} className="muted">
          {words.settings.nameHelp}
        </p>
      )}
    </div>
  );
}

function ZoneChoice() {
  const { words, language } = useSpoken();
  const { zone } = useSettings();
  const { data } = useSnapshot(resources.about());
  const now = useNow();
  const known = ["browser", "server", "UTC"];
  return (
    <div className="stack">
      <div className="radio-list" role="radiogroup" aria-label={words.frame.zone}>
        {known.map((value) => (
          <label key={value}>
            <input type="radio" name="zone" checked={zone === value} onChange={() => changeSettings({ zone: value })} />
            {value === "browser"
              ? words.frame.zones.browser(zoneOf("browser"))
              : value === "server"
                ? words.frame.zones.server(data?.zone ?? "UTC")
                : "UTC"}
          </label>
        ))}
      </div>
      <OtherZone zone={known.includes(zone) ? "" : zone} />
      <p className="muted">{absolute(now, zoneOf(zone), language)}</p>
    </div>
  );
}

function OtherZone({ zone }: { readonly zone: string }) {
  const words = useWords();
  const id = useId();
  const [text, setText] = useState(zone);
  const isWrong = text !== "" && !isZone(text);
  return (
    <div className="field" id="times">
      <label htmlFor={id}>{words.frame.otherZone}</label>
      <div className="field-input">
        <input
          id={id}
          list={`${id}-known`}
          autoComplete="off"
          spellCheck={false}
          placeholder="America/Mexico_City"
          aria-invalid={isWrong || undefined}
          aria-describedby={isWrong ? `${id}-wrong` : undefined}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            if (event.target.value !== "" && isZone(event.target.value)) changeSettings({ zone: event.target.value });
          }}
        />
      </div>
      <datalist id={`${id}-known`}>
        {Intl.supportedValuesOf("timeZone").map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      {isWrong && (
        <p id={`${id}-wrong`} className="field-error">
          {words.frame.zoneUnknown}
        </p>
      )}
    </div>
  );
}
