/** Where in a long list one is, and the way to the pages beside this one. */
import { Button } from "../parts/button.tsx";
import { useWords } from "../words/words.tsx";

export interface PagerProps {
  /** Of the first row shown, from 0. */
  readonly from: number;
  readonly count: number;
  readonly total: number;
  readonly label: string;
  /** Undefined: this is the first, or the last, page. */
  readonly onPrevious: (() => void) | undefined;
  readonly onNext: (() => void) | undefined;
}

export function Pager({ from, count, total, label, onPrevious, onNext }: PagerProps) {
  const words = useWords();
  const shown = words.views.shown(Math.min(from + 1, total), from + count, total);
  const because = (go: (() => void) | undefined) => (go === undefined ? shown : undefined);
  return (
    <fieldset className="row pager" aria-label={label}>
      <span className="muted">{shown}</span>
      <Button small disabledBecause={because(onPrevious)} onPress={() => onPrevious?.()}>
        {words.views.previousPage}
      </Button>
      <Button small disabledBecause={because(onNext)} onPress={() => onNext?.()}>
        {words.views.nextPage}
      </Button>
    </fieldset>
  );
}
