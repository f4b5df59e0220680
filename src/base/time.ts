/** Time as numbers. `Instant` counts milliseconds since 1970-01-01T00:00Z; spans are milliseconds. */

/** Milliseconds since 1970-01-01T00:00Z. */
export type Instant = number;

/** A span of time in milliseconds. */
export type Millis = number;

/** `2026-11-23T10:04:00+00:00`: the way instants are printed for people who compare zones. */
export function isoUtc(at: Instant): string {
  return `${new Date(at).toISOString().slice(0, 19)}+00:00`;
}

export const DAY_MS: Millis = 86_400_000;
