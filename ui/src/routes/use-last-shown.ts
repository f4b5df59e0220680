/** While the answer to a changed question is on its way, the last one stays on screen. */
import { useRef } from "react";

export function useLastShown<T>(data: T | undefined): T | undefined {
  const last = useRef<T>(undefined);
  if (data !== undefined) last.current = data;
  return data ?? last.current;
}
