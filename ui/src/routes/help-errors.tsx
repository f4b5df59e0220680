/** Every error code: what happened, and what to do. The texts are those of the reference, put in by the build. */
import { ERROR_HELP } from "caudal:errors";
import { useState } from "react";
import { addresses } from "../addresses.ts";
import { Markdown } from "../parts/markdown.tsx";
import { Page } from "../parts/page.tsx";
import { SearchField } from "../parts/search-field.tsx";
import { Link } from "../router.tsx";
import { useSpoken, useWords } from "../words/words.tsx";
import { NotFoundPage } from "./not-found.tsx";

const CODES = Object.keys(ERROR_HELP).sort();

export function ErrorList() {
  const words = useWords();
  const [text, setText] = useState("");
  const found = CODES.filter((code) => code.includes(text.trim().toUpperCase().replaceAll(" ", "_")));
  return (
    <Page
      title={words.help.errorsTitle}
      crumbs={[{ text: words.help.title, to: addresses.help() }]}
      about={words.help.errorsText}
    >
      <SearchField label={words.help.errorsSearch} value={text} onChange={setText} />
      <ul className="code-list">
        {found.map((code) => (
          <li key={code}>
            <Link to={addresses.helpError(code)} translate="no">
              {code}
            </Link>
          </li>
        ))}
      </ul>
    </Page>
  );
}

export function ErrorHelp({ code }: { readonly code: string }) {
  const { words, language } = useSpoken();
  const text = ERROR_HELP[code];
  if (text === undefined) {
    const near = CODES.filter((known) => known.split("_")[0] === code.split("_")[0]).slice(0, 8);
    return (
      <NotFoundPage
        text={words.notFound.error(code)}
        suggestions={near.map((known) => ({ text: known, to: addresses.helpError(known) }))}
      />
    );
  }
  return (
    <Page
      title={code}
      crumbs={[
        { text: words.help.title, to: addresses.help() },
        { text: words.help.errorsTitle, to: addresses.helpErrors() },
      ]}
      about={language === "en" ? undefined : words.help.english}
    >
      <div className="prose" lang="en">
        <Markdown text={text} linkTo={(target) => errorLink(target)} />
      </div>
    </Page>
  );
}

/** `#flow_cycle` is another code's page; other links lead into documents that are not here. */
function errorLink(target: string): string | undefined {
  const code = target.startsWith("#") ? target.slice(1).toUpperCase() : "";
  return code in ERROR_HELP ? addresses.helpError(code) : undefined;
}
