/** Which page stands at which address. */
import { type ComponentType, lazy, Suspense } from "react";
import { Frame } from "./frame/frame.tsx";
import { BrokenPart, ErrorBoundary } from "./parts/error-box.tsx";
import { Loading } from "./parts/loading.tsx";
import { NotFoundPage } from "./routes/not-found.tsx";
import { match, type Parameters, usePath } from "./router.tsx";
import { OverviewPage } from "./routes/overview.tsx";
import { FlowsPage } from "./routes/flows.tsx";
import type { LATER } from "./routes/later.ts";
import { SchedulePage } from "./routes/schedule.tsx";
import { SchedulesPage } from "./routes/schedules.tsx";
import { SettingsPage } from "./routes/settings.tsx";

/** What a page gets: the named parts of its address. */
export interface RouteProps {
  readonly parameters: Parameters;
}

/** A page that comes with the others of routes/later.ts. */
function later(name: keyof typeof LATER) {
  return lazy(async () => ({ default: (await import("./routes/later.ts")).LATER[name] }));
}

const FlowPage = later("flow");
const RunsPage = later("runs");
const RunPage = later("run");
const HelpPage = later("help");

const ROUTES: readonly (readonly [pattern: string, page: ComponentType<RouteProps>])[] = [
  ["/", OverviewPage],
  ["/flows", FlowsPage],
  ["/flows/:flow/:tab?", FlowPage],
  ["/runs", RunsPage],
  ["/runs/:run/:tab?", RunPage],
  ["/schedules", SchedulesPage],
  ["/schedules/:schedule", SchedulePage],
  ["/settings/:tab?", SettingsPage],
  ["/help/:part?/:code?", HelpPage],
];

export function App() {
  const { page: Page, parameters, pattern } = useRoute();
  return (
    <Frame>
      <ErrorBoundary key={pattern} fallback={<BrokenPart />}>
        <Suspense fallback={<Loading />}>
          <Page parameters={parameters} />
        </Suspense>
      </ErrorBoundary>
    </Frame>
  );
}

function useRoute() {
  const path = usePath();
  for (const [pattern, page] of ROUTES) {
    const parameters = match(pattern, path);
    if (parameters !== undefined) return { pattern, page, parameters };
  }
  return { pattern: "", page: NotFoundPage, parameters: {} };
}
