/** Files that gave no flows: what is wrong with each, at its line. The rest works, and each heals when it is saved. */
import type { BrokenFile } from "../../../src/server/contract.ts";
import { addresses } from "../addresses.ts";
import { Clamped } from "../parts/clamped.tsx";
import { CopyButton } from "../parts/code-block.tsx";
import { Icon } from "../parts/icon.tsx";
import { Link } from "../router.tsx";
import { Time } from "../time.tsx";
import { visible } from "../visible.ts";
import { useWords } from "../words/words.tsx";

export function BrokenFiles({ broken }: { readonly broken: readonly BrokenFile[] }) {
  const words = useWords();
  if (broken.length === 0) return null;
  return (
    <section className="broken-files" aria-label={words.flows.broken(broken.length)}>
      <header>
        <Icon name="warning" />
        <h2>{words.flows.broken(broken.length)}</h2>
        <span className="muted small-text">{words.flows.brokenText}</span>
      </header>
      {broken.map((file) => (
        <details key={file.file} open={broken.length <= 2}>
          <summary>
            <code>{placeOf(file)}</code>{" "}
            <span className="muted small-text">
              {words.flows.brokenSince} <Time at={file.since} />
            </span>
          </summary>
          <Clamped>
            <p>
              {visible(file.message)} <Link to={addresses.helpError(file.code)}>{file.code}</Link>
            </p>
          </Clamped>
          {file.frame !== undefined && (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with keys
            <pre tabIndex={0}>
              <code>{file.frame}</code>
            </pre>
          )}
          <CopyButton text={placeOf(file)} label={words.common.copy} />
        </details>
      ))}
    </section>
  );
}

/** As editors open it. */
function placeOf({ file, line, column }: BrokenFile): string {
  return [file, line, line === undefined ? undefined : column].filter((part) => part !== undefined).join(":");
}
