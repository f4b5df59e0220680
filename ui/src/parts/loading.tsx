/** While the first answer is on its way: shown only where it takes longer than people notice. */
import { useEffect, useState } from "react";
import { useWords } from "../words/words.tsx";

export function Loading({ rows = 4 }: { readonly rows?: number }) {
  const words = useWords();
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = window.setTimeout(() => setLate(true), 150);
    return () => window.clearTimeout(timer);
  }, []);
  return (
    <div className="loading" aria-busy="true" data-late={late || undefined}>
      <span className="unseen">{words.common.loading}</span>
      {Array.from({ length: rows }, (_, at) => at).map((at) => (
        <div key={at} className="loading-row" />
      ))}
    </div>
  );
}
