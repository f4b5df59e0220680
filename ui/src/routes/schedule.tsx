import type { RouteProps } from "../app.tsx";
import { Page } from "../parts/page.tsx";

export function SchedulePage(_props: RouteProps) {
  return <Page title="schedule">{null}</Page>;
}
