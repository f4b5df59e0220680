/** Where people are, how to go elsewhere, how fresh the page is, and how it is shown. Help is always the last. */
import { useState } from "react";
import { addresses } from "../addresses.ts";
import { Keys } from "../parts/button.tsx";
import { Icon } from "../parts/icon.tsx";
import { Link } from "../router.tsx";
import { changeSettings, languageOf, useSettings } from "../settings.ts";
import { zoneName } from "../format-time.ts";
import { useNow } from "../live/live.ts";
import { useZone } from "../time.tsx";
import { visible } from "../visible.ts";
import { useSpoken } from "../words/words.tsx";
import { useCrumbs } from "./crumbs.ts";
import { FreshnessChip } from "./freshness-chip.tsx";
import { RecentActions } from "./recent-actions.tsx";

export function TopBar({ onPalette }: { readonly onPalette: () => void }) {
  const { words } = useSpoken();
  const [recent, setRecent] = useState(false);
  return (
    <header className="top-bar">
      <Breadcrumb />
      <button type="button" className="palette-button" aria-keyshortcuts="Control+K Meta+K" onClick={onPalette}>
        <Icon name="search" />
        <span>{words.frame.search}</span>
        <Keys keys="mod+k" />
      </button>
      <FreshnessChip />
      <ZoneChip />
      <button
        type="button"
        className="button quiet icon-only wide-only"
        aria-label={words.frame.recentActions}
        title={words.frame.recentActions}
        onClick={() => setRecent(true)}
      >
        <Icon name="history" />
      </button>
      <ThemeButton />
      <LanguageButton />
      <Link
        to={addresses.help()}
        className="button quiet icon-only"
        aria-label={words.menu.help}
        title={words.menu.help}
      >
        <Icon name="help" />
      </Link>
      {recent && <RecentActions onClose={() => setRecent(false)} />}
    </header>
  );
}

function Breadcrumb() {
  const { words } = useSpoken();
  const crumbs = useCrumbs();
  return (
    <nav className="crumbs" aria-label={words.frame.breadcrumb}>
      <ol>
        {crumbs.map(({ text, to }) => (
          <li key={`${to} ${text}`}>
            {to === "" ? <span aria-current="page">{visible(text)}</span> : <Link to={to}>{visible(text)}</Link>}
          </li>
        ))}
      </ol>
    </nav>
  );
}

function ZoneChip() {
  const { words, language } = useSpoken();
  const zone = useZone();
  const now = useNow(false);
  return (
    <Link
      to={`${addresses.settings()}#times`}
      className="chip wide-only"
      title={`${words.frame.zone}: ${zone}`}
      aria-label={`${words.frame.zone}: ${zone}`}
    >
      {zoneName(now, zone, language)}
    </Link>
  );
}

function ThemeButton() {
  const { words } = useSpoken();
  const { theme } = useSettings();
  const isDark = theme === "system" ? window.matchMedia("(prefers-color-scheme: dark)").matches : theme === "dark";
  const label = isDark ? words.frame.toLight : words.frame.toDark;
  return (
    <button
      type="button"
      className="button quiet icon-only wide-only"
      aria-label={label}
      title={label}
      onClick={() => changeSettings({ theme: isDark ? "light" : "dark" })}
    >
      <Icon name={isDark ? "sun" : "moon"} />
    </button>
  );
}

function LanguageButton() {
  const { words, language } = useSpoken();
  const settings = useSettings();
  const other = languageOf(settings) === "en" ? "es" : "en";
  return (
    <button
      type="button"
      className="button quiet language wide-only"
      aria-label={`${language.toUpperCase()} → ${words.frame.languages[other]}`}
      title={words.frame.languages[other]}
      onClick={() => changeSettings({ language: other })}
    >
      {language.toUpperCase()}
    </button>
  );
}
