/** `npm run bench -- service [--quick]`: what the server costs, and how soon it shows what happens. */
import type { Figure, Wish } from "./figure.ts";
import { answerFigures, pageFigures } from "./service/answers.ts";
import { idleFigures, readyFigures } from "./service/command.ts";
import { eventLoopFigures } from "./service/event-loop.ts";
import { latencyFigures } from "./service/latency.ts";
import { pixelFigures } from "./service/pixel.ts";
import { stoppedFigures } from "./service/stopped.ts";

/** These take a minute; the others fill a store with a million runs, or wait for one. */
const QUICK = [answerFigures, latencyFigures, pixelFigures, eventLoopFigures];
const ALL = [...QUICK, pageFigures, stoppedFigures, readyFigures, idleFigures];

export async function service(wish: Wish): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const part of wish.quick === true ? QUICK : ALL) figures.push(...(await part(wish)));
  return figures;
}
