/** While the answer to a changed question about the same thing is on its way, the last one stays on screen. */
import { useRef } from "react";

export function useLastShown<T>(data: T | undefined, about = ""): T | undefined {
  const last = useRef<{ readonly data: T; readonly about: string }>(undefined);
  if (data !== undefined) last.current = { data, about };
  return data ?? (last.current?.about === about ? last.current.data : undefined);
}
