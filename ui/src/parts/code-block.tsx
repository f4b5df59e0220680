/** Code or a command to take along. */
import { useState } from "react";
import { useWords } from "../words/words.tsx";
import { Icon } from "./icon.tsx";

export function CodeBlock({ text }: { readonly text: string }) {
  return (
    <div className="code-block">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with keys */}
      <pre tabIndex={0}>
        <code>{text}</code>
      </pre>
      <CopyButton text={text} />
    </div>
  );
}

export interface CopyButtonProps {
  readonly text: string | (() => string);
  /** Beside the sign; without it the sign says "Copy". */
  readonly label?: string;
}

export function CopyButton({ text, label }: CopyButtonProps) {
  const words = useWords();
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await copyText(typeof text === "string" ? text : text());
    setCopied(true);
    window.setTimeout(() => setCopied(false), 1_800);
  };
  return (
    <button
      type="button"
      className={`button quiet small copy ${label === undefined ? "icon-only" : ""}`}
      aria-label={label === undefined ? (copied ? words.common.copied : words.common.copy) : undefined}
      onClick={() => void copy()}
    >
      <Icon name={copied ? "check" : "copy"} />
      {label !== undefined && <span>{copied ? words.common.copied : label}</span>}
    </button>
  );
}

/** Browsers give the clipboard only to secure contexts; plain HTTP to another machine is none. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}
