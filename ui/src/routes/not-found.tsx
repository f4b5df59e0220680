/** An address that is none: said plainly, with what was perhaps meant. */
import type { ReactNode } from "react";
import { addresses } from "../addresses.ts";
import { Empty } from "../parts/empty.tsx";
import { Page } from "../parts/page.tsx";
import { LinkButton } from "../parts/button.tsx";
import { Link, usePath } from "../router.tsx";
import { useWords } from "../words/words.tsx";

export interface NotFoundProps {
  readonly title?: string;
  readonly text?: string;
  /** What there is of nearly that name. */
  readonly suggestions?: readonly { readonly text: string; readonly to: string }[];
  readonly children?: ReactNode;
}

export function NotFoundPage({ title, text, suggestions = [], children }: NotFoundProps) {
  const words = useWords();
  const path = usePath();
  return (
    <Page title={title ?? words.notFound.title}>
      <Empty icon="search" title={text ?? words.notFound.text(path)}>
        {suggestions.length > 0 && (
          <>
            <p>{words.trouble.suggestions}</p>
            <ul className="row">
              {suggestions.map(({ text: name, to }) => (
                <li key={to}>
                  <Link to={to}>{name}</Link>
                </li>
              ))}
            </ul>
          </>
        )}
        {children}
        <LinkButton to={addresses.overview()}>{words.notFound.back}</LinkButton>
      </Empty>
    </Page>
  );
}
