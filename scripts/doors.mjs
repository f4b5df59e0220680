/**
 * The files people can reach: what package.json `exports` and `bin` point at. Everything else is bundled
 * into chunks behind them. A door whose source does not exist yet is left out of the build.
 */

/** Source under src/ → name under dist/, both without the ending. */
export const DOORS = {
  index: "index",
  sqlite: "sqlite",
  server: "server",
  testing: "testing",
  notify: "notify",
  cli: "cli",
  "cli/load-hooks": "load-hooks",
  "cli/rehearse": "rehearse",
  "tasks/sqlite": "tasks/sqlite",
  "tasks/http": "tasks/http",
  "tasks/shell": "tasks/shell",
};

/** Doors that are run, not imported: they need no declarations. */
export const RUN_ONLY = new Set(["cli", "cli/load-hooks", "cli/rehearse"]);

/**
 * Packages that are carried inside dist/ instead of being installed beside it: the PDF writer comes with
 * 22 MB of packages, builds and maps, of which a flow drawn as PDF needs 2 (docs/adr/0003).
 */
export const BUNDLED = new Set(["pdfkit", "zod"]);
