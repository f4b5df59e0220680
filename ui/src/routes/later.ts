/** Pages that are loaded when somebody goes there, all at once. */
import { FlowPage } from "./flow.tsx";
import { HelpPage } from "./help.tsx";
import { RunPage } from "./run.tsx";
import { RunsPage } from "./runs.tsx";

export const LATER = { flow: FlowPage, runs: RunsPage, run: RunPage, help: HelpPage };
