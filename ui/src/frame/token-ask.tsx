/** A server on another bind than loopback asks for its token; password managers and pasting are welcome. */
import { useState } from "react";
import { client } from "../api/client.ts";
import { resources } from "../api/resources.ts";
import { ApiProblem } from "../api/problem.ts";
import { useWords } from "../words/words.tsx";

export function TokenAsk({ onAccepted }: { readonly onAccepted: () => void }) {
  const words = useWords();
  const [wrong, setWrong] = useState(client.token !== undefined);
  const accept = async (form: FormData) => {
    client.token = String(form.get("token") ?? "").trim();
    try {
      await client.get(resources.about());
      onAccepted();
    } catch (error) {
      setWrong(error instanceof ApiProblem && error.problem.status === 401);
    }
  };
  return (
    <main className="token-ask">
      <form action={accept}>
        <h1>{words.trouble.tokenTitle}</h1>
        <p>{words.trouble.tokenText}</p>
        <label htmlFor="token">{words.trouble.token}</label>
        <input
          id="token"
          name="token"
          type="password"
          autoComplete="current-password"
          required
          aria-invalid={wrong || undefined}
          aria-describedby={wrong ? "token-wrong" : undefined}
        />
        {wrong && (
          <p id="token-wrong" className="field-error">
            {words.trouble.tokenWrong}
          </p>
        )}
        <button type="submit" className="button primary">
          {words.trouble.signIn}
        </button>
      </form>
    </main>
  );
}
