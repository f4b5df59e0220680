/** An error as it was kept: what it says, the flow's own frames, the rest folded, and what caused it. */
import type { ErrorDetail, StackFrame } from "../../../src/server/contract.ts";
import { addresses } from "../addresses.ts";
import { CopyButton } from "../parts/code-block.tsx";
import { Link } from "../router.tsx";
import { visible } from "../visible.ts";
import { useWords } from "../words/words.tsx";

/** Chains that are longer are somebody's loop. */
const CAUSES_MAX = 10;

export function ErrorView({ error, depth = 0 }: { readonly error: ErrorDetail; readonly depth?: number }) {
  const words = useWords();
  const { name, message, code, frames, cause, thrown } = error;
  const own = frames.filter((frame) => frame.own);
  const others = frames.length - own.length;
  return (
    <div className="error-view">
      <div className="error-message">
        <strong>{visible(name)}</strong>
        {code !== undefined && (
          <Link to={addresses.helpError(code)} className="tag">
            {code}
          </Link>
        )}
        <pre>{visible(message)}</pre>
      </div>
      {thrown !== undefined && (
        <p>
          {words.drawer.thrown}: <code>{thrown}</code>
        </p>
      )}
      {own.length > 0 && (
        <ol className="frames">
          {own.map((frame, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a recursion has the same frame many times
            <li key={at}>
              <FrameText frame={frame} />
            </li>
          ))}
        </ol>
      )}
      {others > 0 && (
        <details className="frames-more">
          <summary>{words.drawer.otherFrames(others)}</summary>
          <ol className="frames">
            {frames.map(({ text, own: isOwn }, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: as above
              <li key={at} data-own={isOwn || undefined}>
                <code>{text}</code>
              </li>
            ))}
          </ol>
        </details>
      )}
      {depth === 0 && <CopyButton text={() => textOf(error)} label={words.drawer.copyError} />}
      {cause !== undefined && depth < CAUSES_MAX && (
        <div className="error-cause">
          <h4>{words.drawer.cause}</h4>
          <ErrorView error={cause} depth={depth + 1} />
        </div>
      )}
    </div>
  );
}

/** Of the flow's own code: the function, and the place as it is called in the project. */
function FrameText({ frame: { text, file, line, column } }: { readonly frame: StackFrame }) {
  const name = /^(.+) \(/.exec(text)?.[1];
  const place = file === undefined ? undefined : [file, line, column].filter((part) => part !== undefined).join(":");
  return <code title={text}>{place === undefined ? text : name === undefined ? place : `${name} (${place})`}</code>;
}

function textOf({ name, message, frames, cause }: ErrorDetail): string {
  const own = [`${name}: ${message}`, ...frames.map(({ text }) => `    at ${text}`)].join("\n");
  return cause === undefined ? own : `${own}\n[cause]: ${textOf(cause)}`;
}
