/** Which page stands at which address. */
import { type ComponentType, lazy, Suspense } from "react";
import { Frame } from "./frame/frame.tsx";
import { BrokenPart, ErrorBoundary } from "./parts/error-box.tsx";
import { Loading } from "./parts/loading.tsx";
import { NotFoundPage } from "./routes/not-found.tsx";
import { match, type Parameters, usePath } from "./router.tsx";
import { OverviewPage } from "./routes/overview.tsx";
import { FlowsPage } from "./routes/flows.tsx";

/** What a page gets: the named parts of its address. */
export interface RouteProps {
  readonly parameters: Parameters;
}

const FlowPage = lazy(async () => ({ default: (await import("./routes/flow.tsx")).FlowPage }));
const RunsPage = lazy(async () => ({ default: (await import("./routes/runs.tsx")).RunsPage }));
const RunPage = lazy(async () => ({ default: (await import("./routes/run.tsx")).RunPage }));
const SchedulesPage = lazy(async () => ({ default: (await import("./routes/schedules.tsx")).SchedulesPage }));
const SchedulePage = lazy(async () => ({ default: (await import("./routes/schedule.tsx")).SchedulePage }));
const SettingsPage = lazy(async () => ({ default: (await import("./routes/settings.tsx")).SettingsPage }));
const HelpPage = lazy(async () => ({ default: (await import("./routes/help.tsx")).HelpPage }));

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
