/** Where npm is: it is a script of Node's, and started through Node it needs no shell, on Windows neither. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The npm beside this Node, else that of the running Node, else the one that runs us; undefined if there is none. */
export function npmScript(node = process.execPath) {
  const candidates = [...besides(node), ...besides(process.execPath), process.env.npm_execpath ?? ""];
  return candidates.find((path) => path.endsWith("npm-cli.js") && existsSync(path));
}

function besides(node) {
  const npm = ["npm", "bin", "npm-cli.js"];
  return [
    join(dirname(node), "node_modules", ...npm),
    join(dirname(node), "..", "lib", "node_modules", ...npm),
    join(dirname(node), "..", "share", "nodejs", ...npm),
  ];
}
