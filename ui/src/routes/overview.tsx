import type { RouteProps } from "../app.tsx";
import { Page } from "../parts/page.tsx";

export function OverviewPage(_props: RouteProps) {
  return <Page title="overview">{null}</Page>;
}
