/** Why something is in its state, in the language of the page; the server's own words for a reason this page is too old to know. */
import type { Why } from "../../../src/server/contract.ts";
import { useZone } from "../time.tsx";
import { factsOf } from "../words/why-facts.ts";
import { useSpoken } from "../words/words.tsx";

type Because = Pick<Why, "code" | "parameters"> & { readonly text?: string };

export function useWhyText(): (why: Because | undefined) => string {
  const zone = useZone();
  const { words, language } = useSpoken();
  return (why) => {
    if (why === undefined) return "";
    const sentence = Object.hasOwn(words.why, why.code) ? words.why[why.code] : undefined;
    return sentence?.(factsOf(why.parameters, { zone, language })) ?? why.text ?? "";
  };
}
