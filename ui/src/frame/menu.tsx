/** The main menu: at the left, as signs where it is narrow, at the bottom of a phone. */
import { addresses } from "../addresses.ts";
import { Icon, type IconName } from "../parts/icon.tsx";
import { Link, usePath } from "../router.tsx";
import { useWords } from "../words/words.tsx";
import type { Words } from "../words/en.ts";

export interface Place {
  readonly key: "overview" | "flows" | "runs" | "schedules" | "settings" | "help";
  readonly to: string;
  readonly icon: IconName;
  /** The second key after `g`. */
  readonly letter: string;
}

export const PLACES: readonly Place[] = [
  { key: "overview", to: addresses.overview(), icon: "overview", letter: "h" },
  { key: "flows", to: addresses.flows(), icon: "flows", letter: "f" },
  { key: "runs", to: addresses.runs(), icon: "runs", letter: "r" },
  { key: "schedules", to: addresses.schedules(), icon: "schedules", letter: "s" },
  { key: "settings", to: addresses.settings(), icon: "settings", letter: "o" },
];

export const placeName = (words: Words, { key }: Place) => words.menu[key];

export function Menu() {
  const words = useWords();
  const path = usePath();
  return (
    <nav className="menu" aria-label={words.menu.label}>
      <div className="menu-inner">
        <Link to="/" className="brand" aria-hidden="true" tabIndex={-1}>
          <BrandSign />
          <span>caudal</span>
        </Link>
        <ul>
          {PLACES.map((place) => (
            <li key={place.key}>
              <Link
                to={place.to}
                title={placeName(words, place)}
                aria-current={isIn(path, place) ? (path === place.to ? "page" : "true") : undefined}
              >
                <Icon name={place.icon} />
                <span>{placeName(words, place)}</span>
              </Link>
            </li>
          ))}
        </ul>
      </div>
    </nav>
  );
}

function isIn(path: string, { to, key }: Place): boolean {
  const folder = key === "settings" ? "/settings" : to;
  return folder === "/" ? path === "/" : path === folder || path.startsWith(`${folder}/`);
}

/** Streams that join and part again. */
function BrandSign() {
  return (
    <svg viewBox="0 0 32 32" className="brand-sign" aria-hidden="true">
      <rect width="32" height="32" rx="8" className="brand-ground" />
      <path d="M7 11c4.5 0 4.5 5 9 5s4.5 5 9 5" className="brand-stream" />
      <path d="M7 21c4.5 0 4.5-5 9-5s4.5-5 9-5" className="brand-stream faint" />
      <circle cx="16" cy="16" r="3.2" className="brand-spring" />
    </svg>
  );
}
