/** Listeners of the live stream: one that reads it, and one that has stopped reading. */
import { get, type IncomingMessage } from "node:http";
import type { LiveFrame } from "../../src/server/contract.ts";

/** Reads frames until that is enough. */
export function openStream(url: string, heard: (frame: LiveFrame) => "goes on" | "enough"): Promise<void> {
  return new Promise((resolve, reject) => {
    const asking = get(url, { agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("error", reject);
      response.on("data", (chunk: string) => {
        const frames = (text += chunk).split("\n\n");
        text = frames.pop() ?? "";
        for (const frame of frames) {
          const data = /^data: (.*)$/m.exec(frame)?.[1];
          if (data === undefined || heard(JSON.parse(data) as LiveFrame) === "goes on") continue;
          response.off("error", reject);
          response.destroy();
          return resolve();
        }
      });
    });
    asking.on("error", reject);
  });
}

/** One that has its answer, and takes nothing of it; what is returned lets go of it. */
export function stoppedListener(url: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const asking = get(url, { agent: false }, (response: IncomingMessage) => {
      response.pause();
      response.on("error", () => undefined); // it is let go in the middle of an answer
      resolve(() => response.destroy());
    });
    asking.on("error", reject);
  });
}
