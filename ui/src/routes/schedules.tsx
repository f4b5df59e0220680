import type { RouteProps } from "../app.tsx";
import { Page } from "../parts/page.tsx";

export function SchedulesPage(_props: RouteProps) {
  return <Page title="schedules">{null}</Page>;
}
