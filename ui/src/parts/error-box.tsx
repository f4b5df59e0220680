/** What went wrong, in words, with its code and the way to more. */
import { Component, type ReactNode } from "react";
import { addresses } from "../addresses.ts";
import { ApiProblem, type Trouble } from "../api/problem.ts";
import { Link } from "../router.tsx";
import { useWords } from "../words/words.tsx";
import { Button } from "./button.tsx";
import { Icon } from "./icon.tsx";

export interface ErrorBoxProps {
  readonly trouble: Trouble;
  readonly onRetry?: (() => void) | undefined;
}

export function ErrorBox({ trouble, onRetry }: ErrorBoxProps) {
  const words = useWords();
  const problem = trouble instanceof ApiProblem ? trouble.problem : undefined;
  return (
    <div className="error-box" role="alert">
      <Icon name="warning" />
      <div className="error-box-text">
        <strong>{problem?.title ?? words.trouble.noAnswer}</strong>
        <p>{problem?.detail ?? words.trouble.noAnswerText}</p>
        {problem !== undefined && (
          <Link to={addresses.helpError(problem.code)}>{words.trouble.explain(problem.code)}</Link>
        )}
      </div>
      {onRetry !== undefined && <Button onPress={onRetry}>{words.common.tryAgain}</Button>}
    </div>
  );
}

/** A part that throws while it is drawn takes only itself down. */
export class ErrorBoundary extends Component<
  { readonly children: ReactNode; readonly fallback: ReactNode },
  { readonly broke: boolean }
> {
  override state = { broke: false };
  static getDerivedStateFromError() {
    return { broke: true };
  }
  override render() {
    return this.state.broke ? this.props.fallback : this.props.children;
  }
}

export function BrokenPart() {
  const words = useWords();
  return (
    <div className="error-box" role="alert">
      <Icon name="warning" />
      <div className="error-box-text">
        <strong>{words.trouble.broken}</strong>
        <p>{words.trouble.brokenText}</p>
      </div>
      <Button onPress={() => window.location.reload()}>{words.common.reload}</Button>
    </div>
  );
}
