/** What is around every page: menu, top bar, palette, shortcuts, toasts, and how the server is. */
import { type ReactNode, useEffect, useRef, useState } from "react";
import { client } from "../api/client.ts";
import { ApiProblem } from "../api/problem.ts";
import { resources } from "../api/resources.ts";
import { useSnapshot } from "../api/use-snapshot.ts";
import { useShortcut } from "../keys.ts";
import { useFreshness } from "../live/live.ts";
import { Button } from "../parts/button.tsx";
import { Icon } from "../parts/icon.tsx";
import { Toasts } from "../parts/toasts.tsx";
import { navigate } from "../router.tsx";
import { setServerZone } from "../time.tsx";
import { useWords } from "../words/words.tsx";
import { FreshnessVoice, PausedBar } from "./freshness-chip.tsx";
import { KeySheet } from "./key-sheet.tsx";
import { Menu, PLACES, type Place, placeName } from "./menu.tsx";
import { Palette } from "./palette.tsx";
import { TokenAsk } from "./token-ask.tsx";
import { TopBar } from "./top-bar.tsx";

export function Frame({ children }: { readonly children: ReactNode }) {
  const words = useWords();
  const about = useSnapshot(resources.about(), { refreshOn: ["flows"] });
  const [layer, setLayer] = useState<"palette" | "keys">();
  const main = useRef<HTMLElement>(null);
  const freshness = useFreshness();
  const isOtherVersion = useOtherVersion();
  useShortcut("mod+k", words.keys.palette, () => setLayer("palette"));
  useShortcut("?", words.keys.sheet, () => setLayer("keys"));
  useEffect(() => {
    if (about.data !== undefined) setServerZone(about.data.zone);
  }, [about.data]);

  if (about.trouble instanceof ApiProblem && about.trouble.problem.status === 401)
    return <TokenAsk onAccepted={() => window.location.reload()} />;
  return (
    <div className="frame" data-offline={freshness.type === "offline" || undefined}>
      <button type="button" className="skip-link" onClick={() => main.current?.focus()}>
        {words.frame.skip}
      </button>
      <Menu />
      <TopBar onPalette={() => setLayer("palette")} />
      <main id="main" ref={main} tabIndex={-1}>
        {isOtherVersion && (
          <div className="banner" role="status">
            <Icon name="warning" />
            <span>{words.frame.otherVersion}</span>
            <Button onPress={() => window.location.reload()}>{words.common.reload}</Button>
          </div>
        )}
        <PausedBar />
        {children}
      </main>
      {PLACES.map((place) => (
        <PlaceKey key={place.key} place={place} />
      ))}
      <Toasts />
      <FreshnessVoice />
      {layer === "palette" && <Palette onClose={() => setLayer(undefined)} />}
      {layer === "keys" && <KeySheet onClose={() => setLayer(undefined)} />}
    </div>
  );
}

function PlaceKey({ place }: { readonly place: Place }) {
  const words = useWords();
  useShortcut(`g ${place.letter}`, words.keys.goTo(placeName(words, place)), () => navigate(place.to));
  return null;
}

/** True once the server answers as another version than the one that sent this page. */
function useOtherVersion(): boolean {
  const [other, setOther] = useState(false);
  useEffect(() => client.onOtherVersion(() => setOther(client.version !== client.firstVersion)), []);
  return other;
}
