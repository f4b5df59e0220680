/** What `npm run bench -- NAME` can measure. */
import { durable } from "./durable.ts";
import { engine } from "./engine.ts";
import type { Figure, Wish } from "./figure.ts";
import { service } from "./service.ts";

/** A group measures what is wished for and answers with its rows, in the order they are printed. */
type Group = (wish: Wish) => Promise<readonly Figure[]>;

export const GROUPS: Readonly<Record<string, Group>> = { engine, durable, service };
