/** Files whose flows are not there yet: they come by themselves. */
import { visible } from "../visible.ts";
import { useWords } from "../words/words.tsx";

export function LoadingFiles({ files }: { readonly files: readonly string[] }) {
  const words = useWords();
  if (files.length === 0) return null;
  return (
    <p className="muted" role="status">
      {words.flows.loadingFiles(files.length, words.common.list(files.map(visible)))}
    </p>
  );
}
