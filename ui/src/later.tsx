/**
 * Parts that are loaded when somebody needs them, or a little before.
 *
 * What has been loaded is drawn at once. `lazy` alone suspends once more for a module that is there already, and React
 * shows what comes after a fallback no sooner than 300 ms later: the page of a run that a press began stood there a
 * third of a second with nothing left to wait for.
 */
import { type ComponentType, lazy, useState } from "react";

export interface Later<Props> {
  readonly Part: ComponentType<Props>;
  readonly load: () => Promise<unknown>;
}

export function later<Props extends object>(load: () => Promise<ComponentType<Props>>): Later<Props> {
  let loaded: ComponentType<Props> | undefined;
  const once = async () => (loaded ??= await load());
  const Waiting = lazy(async () => ({ default: await once() })) as unknown as ComponentType<Props>;
  // biome-ignore lint/correctness/noComponentHookFactories: one for each part, made when the module is read
  const Part = (props: Props) => {
    // For as long as it is shown: another type of component would be another one, with nothing kept.
    const [Shown] = useState(() => loaded ?? Waiting);
    return <Shown {...props} />;
  };
  return { Part, load: once };
}

/** Once the page has nothing else to do. A browser without a word for that has enough to do. */
export function loadWhenIdle(parts: readonly { readonly load: () => Promise<unknown> }[]): void {
  window.requestIdleCallback?.(() => {
    // What cannot be had now is asked for again by who needs it.
    for (const part of parts) part.load().catch(() => undefined);
  });
}
