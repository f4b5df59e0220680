/** Where there is a Chromium to drive: the one that was named, or an installed one. */
import { existsSync } from "node:fs";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Undefined: nowhere. */
export const chromiumPath = process.env["CHROMIUM_PATH"] ?? PLACES.find((path) => existsSync(path));

/** In a container there is no user namespace for the sandbox, and the pages are our own. */
export const CHROMIUM_ARGS = ["--no-sandbox", "--disable-dev-shm-usage"];
