/**
 * Copying lines: whole ones, once and in order, also those that are selected and not in the document. Rows a selection
 * begins and ends in stay in the document while it lasts, wherever one scrolls to.
 */
import { type ClipboardEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import type { LogLine } from "../../../src/server/contract.ts";
import { notify } from "../notices.ts";
import { useWords } from "../words/words.tsx";
import type { LogBook } from "./log-book.ts";

export interface LogCopy {
  /** Rows that must stay. */
  readonly pinned: readonly number[];
  readonly handlers: {
    onCopy(event: ClipboardEvent): void;
    onKeyDown(event: KeyboardEvent): void;
    onPointerDown(): void;
  };
}

export function useLogCopy(view: HTMLElement | null, book: LogBook): LogCopy {
  const words = useWords();
  const isAll = useRef(false);
  const [pinned, setPinned] = useState<readonly number[]>([]);
  useEffect(() => {
    const changed = () => {
      const rows = view === null ? undefined : selectedRows(view, book);
      const next = rows === undefined ? [] : [...new Set(rows)];
      setPinned((before) => (before.join() === next.join() ? before : next));
    };
    document.addEventListener("selectionchange", changed);
    return () => document.removeEventListener("selectionchange", changed);
  }, [view, book]);

  const copyLater = async (from: number, to: number) => {
    const lines = await book.load(from, to);
    await navigator.clipboard.writeText(lines.map(plainLine).join(""));
    notify({ kind: "done", text: words.logs.copied(lines.length) });
  };
  return {
    pinned,
    handlers: {
      onCopy(event) {
        const rows = isAll.current ? [0, book.count - 1] : view === null ? undefined : selectedRows(view, book);
        const [from, to] = rows?.toSorted((a, b) => a - b) ?? [];
        // Within one line it is the browser's: a part of it may be what is wanted.
        if (from === undefined || to === undefined || from === to) return;
        event.preventDefault();
        const lines = Array.from({ length: to - from + 1 }, (_, at) => book.at(from + at));
        if (lines.every((line) => line !== undefined))
          event.clipboardData.setData("text/plain", lines.map(plainLine).join(""));
        else copyLater(from, to).catch(() => notify({ kind: "error", text: words.logs.copyFailed }));
      },
      onKeyDown(event) {
        isAll.current = event.key === "a" && (event.ctrlKey || event.metaKey);
        if (isAll.current && view !== null) {
          event.preventDefault();
          window.getSelection()?.selectAllChildren(view);
        } else if (event.ctrlKey || event.metaKey) isAll.current = isAllSelected(view);
      },
      onPointerDown() {
        isAll.current = false;
      },
    },
  };
}

function isAllSelected(view: HTMLElement | null): boolean {
  const { anchorNode, focusNode } = window.getSelection() ?? {};
  return view !== null && anchorNode === view && focusNode === view;
}

/** The rows a selection begins and ends in, also where it is a place only: a press with Shift goes on from there. */
function selectedRows(view: HTMLElement, book: LogBook): readonly number[] | undefined {
  const { anchorNode, focusNode } = window.getSelection() ?? {};
  const rows = [anchorNode, focusNode].map((node) => rowOf(view, node ?? null, book));
  return rows.every((row) => row !== undefined) ? rows : undefined;
}

function rowOf(view: HTMLElement, node: Node | null, book: LogBook): number | undefined {
  const element = node instanceof Element ? node : node?.parentElement;
  if (element === null || element === undefined || !view.contains(element)) return undefined;
  // What lies around the lines (a divider, the room of a block) stands for the line it comes before.
  const line = element.closest("[data-line]") ?? element.querySelector("[data-line]");
  return line === null ? undefined : book.indexOf(Number(line.getAttribute("data-line")));
}

/** As in a download: line breaks of one record are set in, so that they cannot pass for another. */
export function plainLine({ at, level, name, text, handler }: LogLine): string {
  const said = text.trimEnd().replace(/\r\n?|\n/g, "\n    ");
  return `[${new Date(at).toISOString()}] ${level.toUpperCase()} - ${name}${handler ? " (handler)" : ""} | ${said}\n`;
}
