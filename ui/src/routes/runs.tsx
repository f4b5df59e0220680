import type { RouteProps } from "../app.tsx";
import { Page } from "../parts/page.tsx";

export function RunsPage(_props: RouteProps) {
  return <Page title="runs">{null}</Page>;
}
