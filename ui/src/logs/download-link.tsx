/** Something of the server's as a file. */
import { client } from "../api/client.ts";
import { notify } from "../notices.ts";
import { useWords } from "../words/words.tsx";
import { saveFile } from "../parts/save-file.ts";

export interface DownloadLinkProps {
  readonly path: string;
  readonly name: string;
  readonly text: string;
}

/** A real link; where the server wants a token, which links cannot carry, the page fetches it and hands it over. */
export function DownloadLink({ path, name, text }: DownloadLinkProps) {
  const words = useWords();
  const fetchIt = async () => {
    try {
      const response = await client.send(path, {});
      saveFile(name, "", await response.blob());
    } catch {
      notify({ kind: "error", text: words.logs.downloadFailed });
    }
  };
  return (
    <a
      href={client.urlOf(path)}
      download={name}
      onClick={(event) => {
        if (client.token === undefined) return;
        event.preventDefault();
        void fetchIt();
      }}
    >
      {text}
    </a>
  );
}
