/** One record of a log: its number (a permanent address), when, how bad, from where, and what was said. */
import { memo, useState } from "react";
import type { Instant, LogLine as Line } from "../../../src/server/contract.ts";
import { absolute, duration, iso, wallOf } from "../format-time.ts";
import { Link } from "../router.tsx";
import { useSpoken } from "../words/words.tsx";
import { type Piece, piecesOf } from "./ansi.ts";

export type TimeMode = "clock" | "since";

export interface LineShow {
  readonly zone: string;
  readonly mode: TimeMode;
  readonly startedAt: Instant | undefined;
  /** In a log of one task its name says nothing. */
  readonly withTask: boolean;
  readonly addressOf: (line: number) => string;
  /** Of a filtered view: leads to the line among its neighbours. */
  readonly aroundOf?: ((line: number) => string) | undefined;
  readonly marked: number | undefined;
}

/** Longer records are folded to this many lines. */
const FOLDED_LINES = 6;

export interface LogRowProps {
  readonly line: Line;
  readonly show: LineShow;
  /** A new attempt begins with it. */
  readonly begins: boolean;
  /** Of another time than the one that is looked at. */
  readonly isOutside?: boolean;
}

export const LogRow = memo(function LogRow({ line, show, begins, isOutside = false }: LogRowProps) {
  const { words, language } = useSpoken();
  const { zone, mode, startedAt } = show;
  const time =
    mode === "since" && startedAt !== undefined
      ? `+${duration(line.at - startedAt, language)}`
      : `${wallOf(line.at, zone).time}.${wallOf(line.at, zone).millis}`;
  return (
    <>
      {begins && (
        <div className="log-divider">
          {line.name} · {words.logs.attempt(line.attempt)}
        </div>
      )}
      <div
        className="log-line"
        data-level={line.level}
        data-line={line.line}
        data-marked={line.line === show.marked || undefined}
        data-outside={isOutside || undefined}
      >
        <Link className="log-number" to={show.addressOf(line.line)} aria-label={words.logs.lineNumber(line.line + 1)}>
          {line.line + 1}
        </Link>
        <time className="log-time" dateTime={iso(line.at)} title={absolute(line.at, zone, language)}>
          {time}
        </time>
        <span className="log-level">{words.logs.levelWords[line.level]}</span>
        {show.withTask && (
          <span className="log-task" title={line.name}>
            {line.name}
          </span>
        )}
        <LineText text={line.text} isHandlers={line.handler === true} />
        {show.aroundOf !== undefined && (
          <Link className="log-around" to={show.aroundOf(line.line)} title={words.logs.around}>
            {words.logs.around}
          </Link>
        )}
      </div>
    </>
  );
});

function LineText({ text, isHandlers }: { readonly text: string; readonly isHandlers: boolean }) {
  const { words } = useSpoken();
  const [open, setOpen] = useState(false);
  const lines = text.split("\n");
  const folded = lines.length > FOLDED_LINES + 1 && !open;
  const shown = folded ? lines.slice(0, FOLDED_LINES).join("\n") : text;
  return (
    <span className="log-text">
      {isHandlers && (
        <span className="log-handler" title={words.logs.handlerHelp}>
          {words.logs.handler}
        </span>
      )}
      {piecesOf(shown).map((piece, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a line never change
        <PieceText key={at} piece={piece} />
      ))}
      {lines.length > FOLDED_LINES + 1 && (
        <button type="button" className="log-fold" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? words.logs.fold : words.logs.unfold(lines.length - FOLDED_LINES)}
        </button>
      )}
    </span>
  );
}

function PieceText({ piece }: { readonly piece: Piece }) {
  const { text, href, color, background, bold, dim, italic, underline } = piece;
  if (href !== undefined)
    return (
      <a href={href} target="_blank" rel="noopener noreferrer">
        {text}
      </a>
    );
  const names = [
    color === undefined ? "" : `ansi-${color}`,
    background === undefined ? "" : `ansi-on-${background}`,
    bold ? "ansi-bold" : "",
    dim ? "ansi-dim" : "",
    italic ? "ansi-italic" : "",
    underline ? "ansi-underline" : "",
  ].filter((name) => name !== "");
  return names.length === 0 ? text : <span className={names.join(" ")}>{text}</span>;
}
