import type { RouteProps } from "../app.tsx";
import { Page } from "../parts/page.tsx";

export function HelpPage(_props: RouteProps) {
  return <Page title="help">{null}</Page>;
}
