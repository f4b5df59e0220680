/** The words of the language that is shown, loaded when it is chosen. */
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { type Language, languageOf, useSettings } from "../settings.ts";
import type { Words } from "./en.ts";

const LANGUAGES = {
  en: async () => (await import("./en.ts")).en as Words,
  es: async () => (await import("./es.ts")).es,
} as const satisfies Record<Language, () => Promise<Words>>;

interface Spoken {
  readonly language: Language;
  readonly words: Words;
}

const Context = createContext<Spoken | undefined>(undefined);

/** Shows nothing until the words are here; another language is shown when its words are. */
export function WordsProvider({ children }: { readonly children: ReactNode }) {
  const wanted = languageOf(useSettings());
  const [spoken, setSpoken] = useState<Spoken>();
  useEffect(() => {
    let stale = false;
    void LANGUAGES[wanted]().then((words) => {
      if (!stale) setSpoken({ language: wanted, words });
    });
    return () => {
      stale = true;
    };
  }, [wanted]);
  return spoken === undefined ? null : <Context value={spoken}>{children}</Context>;
}

export function useSpoken(): Spoken {
  const spoken = useContext(Context);
  if (spoken === undefined) throw new Error("words are asked for outside WordsProvider");
  return spoken;
}

export function useWords(): Words {
  return useSpoken().words;
}
