import type { RouteProps } from "../app.tsx";
import { Page } from "../parts/page.tsx";

export function SettingsPage(_props: RouteProps) {
  return <Page title="settings">{null}</Page>;
}
