/** Which page stands at which address. */
import { type ComponentType, Suspense, useEffect } from "react";
import { Frame } from "./frame/frame.tsx";
import { later, loadWhenIdle } from "./later.tsx";
import { connection } from "./live/live.ts";
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
function pageOf(name: keyof typeof LATER) {
  return later(async () => (await import("./routes/later.ts")).LATER[name]);
}

const LATER_PAGES = { flow: pageOf("flow"), runs: pageOf("runs"), run: pageOf("run"), help: pageOf("help") };

const ROUTES: readonly (readonly [pattern: string, page: ComponentType<RouteProps>])[] = [
  ["/", OverviewPage],
  ["/flows", FlowsPage],
  ["/flows/:flow/:tab?", LATER_PAGES.flow.Part],
  ["/runs", LATER_PAGES.runs.Part],
  ["/runs/:run/:tab?", LATER_PAGES.run.Part],
  ["/schedules", SchedulesPage],
  ["/schedules/:schedule", SchedulePage],
  ["/settings/:tab?", SettingsPage],
  ["/help/:part?/:code?", LATER_PAGES.help.Part],
];

export function App() {
  const { page: Page, parameters, pattern } = useRoute();
  useEffect(() => {
    // What the first page shows comes first.
    const leave = connection.subscribe(() => {
      if (connection.freshness.type !== "live") return;
      leave();
      loadWhenIdle(Object.values(LATER_PAGES));
    });
    return leave;
  }, []);
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
