/** What every page has: its title, its place in the whole, one heading that gets the focus when people come here. */
import { type ReactNode, useEffect, useRef } from "react";
import { setCrumbs } from "../frame/crumbs.ts";
import { navigationCount } from "../router.tsx";
import { Name } from "./name.tsx";

export interface Crumb {
  readonly text: string;
  readonly to: string;
}

export interface PageProps {
  readonly title: string;
  /** Of the browser's tab; the state's word comes first there. */
  readonly tabTitle?: string;
  /** The pages above this one. */
  readonly crumbs?: readonly Crumb[];
  /** Beside the heading. */
  readonly marks?: ReactNode;
  readonly actions?: ReactNode;
  /** Below the heading, small. */
  readonly about?: ReactNode;
  readonly children: ReactNode;
}

export function Page({ title, tabTitle = title, crumbs = [], marks, actions, about, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const trail = JSON.stringify(crumbs);
  useEffect(() => {
    document.title = `${tabTitle} · caudal`;
  }, [tabTitle]);
  useEffect(() => setCrumbs([...(JSON.parse(trail) as Crumb[]), { text: title, to: "" }]), [trail, title]);
  useEffect(() => {
    if (navigationCount() === 0 || title === "") return;
    heading.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [title]);
  return (
    <div className="page">
      <header className="page-head">
        <div className="page-title">
          <h1 ref={heading} tabIndex={-1}>
            <Name text={title} />
          </h1>
          {marks}
        </div>
        {actions !== undefined && <div className="page-actions">{actions}</div>}
        {about !== undefined && <div className="page-about">{about}</div>}
      </header>
      {children}
    </div>
  );
}
