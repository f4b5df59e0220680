/**
 * A little Markdown, built as elements: paragraphs, lists, fenced code, `code`, **bold**, *emphasis* and links. Text is
 * only ever text; a link that is neither ours nor http(s) is not one.
 */
import type { ReactNode } from "react";
import { Link } from "../router.tsx";
import { CodeBlock } from "./code-block.tsx";

export interface MarkdownProps {
  readonly text: string;
  /** Where a relative link leads here; undefined: its text alone is shown. */
  readonly linkTo?: (target: string) => string | undefined;
}

export function Markdown({ text, linkTo = () => undefined }: MarkdownProps) {
  return <>{blocksOf(text).map((block, at) => blockNode(block, at, linkTo))}</>;
}

type Block =
  | { readonly type: "code"; readonly text: string }
  | { readonly type: "list"; readonly items: readonly string[] }
  | { readonly type: "paragraph"; readonly text: string };

function blocksOf(text: string): readonly Block[] {
  const parts = text.split(/^```[^\n]*\n([\s\S]*?)^```\s*$/m);
  return parts.flatMap((part, at): readonly Block[] => {
    if (at % 2 === 1) return [{ type: "code", text: part.trimEnd() }];
    return part
      .split(/\n\s*\n/)
      .map((block) => block.trim())
      .filter((block) => block !== "")
      .map(
        (block): Block =>
          /^[-*] /.test(block)
            ? { type: "list", items: block.split(/\n(?=[-*] )/).map((item) => item.slice(2)) }
            : { type: "paragraph", text: block },
      );
  });
}

type LinkTo = NonNullable<MarkdownProps["linkTo"]>;

function blockNode(block: Block, at: number, linkTo: LinkTo): ReactNode {
  switch (block.type) {
    case "code":
      return <CodeBlock key={at} text={block.text} />;
    case "list":
      return (
        <ul key={at} className="bullets">
          {block.items.map((item) => (
            <li key={item}>{inline(item, linkTo)}</li>
          ))}
        </ul>
      );
    case "paragraph":
      return <p key={at}>{inline(block.text, linkTo)}</p>;
  }
}

const INLINE = /(`[^`]+`|\*\*[^*]+\*\*|\*[^*\s][^*]*\*|\[[^\]]+\]\([^)\s]+\))/;

function inline(text: string, linkTo: LinkTo): ReactNode {
  return text.split(INLINE).map((part, at) => {
    const key = `${at} ${part}`;
    if (at % 2 === 0) return part;
    if (part.startsWith("`")) return <code key={key}>{part.slice(1, -1)}</code>;
    if (part.startsWith("**")) return <strong key={key}>{part.slice(2, -2)}</strong>;
    if (part.startsWith("*")) return <em key={key}>{part.slice(1, -1)}</em>;
    const [, label = "", target = ""] = /^\[([^\]]+)\]\(([^)\s]+)\)$/.exec(part) ?? [];
    return linkNode(key, label, target, linkTo);
  });
}

function linkNode(key: string, label: string, target: string, linkTo: LinkTo): ReactNode {
  const text = label.replaceAll("`", "");
  const here = linkTo(target);
  if (here !== undefined)
    return (
      <Link key={key} to={here}>
        {text}
      </Link>
    );
  if (!/^https?:\/\//.test(target)) return <span key={key}>{text}</span>;
  return (
    <a key={key} href={target} target="_blank" rel="noopener noreferrer">
      {text}
    </a>
  );
}
