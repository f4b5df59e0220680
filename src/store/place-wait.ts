/** How long who waits for a place goes before those who came later, unless it asks again: a process may hang. */
export const PLACE_ASK_MS = 3_000;
