import type { RouteProps } from "../app.tsx";
import { Page } from "../parts/page.tsx";

export function FlowPage(_props: RouteProps) {
  return <Page title="flow">{null}</Page>;
}
