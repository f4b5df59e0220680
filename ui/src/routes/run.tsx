import type { RouteProps } from "../app.tsx";
import { Page } from "../parts/page.tsx";

export function RunPage(_props: RouteProps) {
  return <Page title="run">{null}</Page>;
}
