/** Starts the page. */
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { startKeys } from "./keys.ts";
import { apply, settings } from "./settings.ts";
import { WordsProvider } from "./words/words.tsx";
import "./styles/all.css";

apply(settings());
startKeys();
const root = document.getElementById("page");
if (root === null) throw new Error("index.html has no #page");
createRoot(root).render(
  <WordsProvider>
    <App />
  </WordsProvider>,
);
