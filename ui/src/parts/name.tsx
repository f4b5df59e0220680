/** A name that may break where its words do, so that long ones wrap between words and copy as they are. */
import { Fragment } from "react";
import { visible } from "../visible.ts";

export function Name({ text }: { readonly text: string }) {
  const parts = visible(text).split(/(?<=[_\-./:])(?=[^_\-./:])/);
  return (
    <>
      {parts.map((part, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text, in their order
        <Fragment key={at}>
          {at > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
    </>
  );
}
