import type { RouteProps } from "../app.tsx";
import { Page } from "../parts/page.tsx";

export function FlowsPage(_props: RouteProps) {
  return <Page title="flows">{null}</Page>;
}
