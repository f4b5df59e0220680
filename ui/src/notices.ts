/** What people did here: told for a moment, and kept in a list. Errors stay until they are closed. */
import { useSyncExternalStore } from "react";
import type { Instant } from "../../src/server/contract.ts";
import { client } from "./api/client.ts";

export interface Notice {
  readonly id: number;
  readonly at: Instant;
  readonly text: string;
  readonly kind: "done" | "error";
  /** What came of it, to go there. */
  readonly to?: string;
  readonly undo?: () => void;
}

const SHOWN_MS = 8_000;
const KEPT_MAX = 50;

let kept: readonly Notice[] = [];
let shown: readonly Notice[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

export function notify(notice: Omit<Notice, "id" | "at">): void {
  const made: Notice = { ...notice, id: nextId++, at: client.clock.now() };
  kept = [made, ...kept].slice(0, KEPT_MAX);
  shown = [...shown, made];
  tell();
  if (notice.kind === "done") window.setTimeout(() => dismiss(made.id), SHOWN_MS);
}

export function dismiss(id: number): void {
  shown = shown.filter((notice) => notice.id !== id);
  tell();
}

export function useNotices(): readonly Notice[] {
  return useSyncExternalStore(subscribe, () => shown);
}

/** The newest first. */
export function useRecentActions(): readonly Notice[] {
  return useSyncExternalStore(subscribe, () => kept);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(): void {
  for (const listener of listeners) listener();
}
