/** Before the first paint: the theme and the language people chose, so that no other one flashes. */
try {
  const settings = JSON.parse(localStorage.getItem("caudal.settings") ?? "{}") as {
    readonly theme?: unknown;
    readonly language?: unknown;
  };
  const root = document.documentElement;
  if (settings.theme === "dark" || settings.theme === "light") root.dataset.theme = settings.theme;
  const language = settings.language ?? navigator.languages.find((name) => /^(en|es)\b/.test(name))?.slice(0, 2);
  root.lang = language === "es" ? "es" : "en";
} catch {
  // Storage is switched off, or holds what another program wrote: the system's theme it is.
}
