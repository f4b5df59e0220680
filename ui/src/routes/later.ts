/**
 * Pages that are loaded when somebody goes there, all at once: each part the bundler shares between one lazy page and
 * the rest is a file of its own, and the first page has to ask for every one of them.
 */
import { FlowPage } from "./flow.tsx";
import { HelpPage } from "./help.tsx";
import { RunPage } from "./run.tsx";
import { RunsPage } from "./runs.tsx";

export const LATER = { flow: FlowPage, runs: RunsPage, run: RunPage, help: HelpPage };
