/** Our own signs, drawn with one line width in a square of 20. They decorate: the word is the button's. */
const PATHS = {
  overview: "M3 10.5L10 4l7 6.5M5 9v7h10V9",
  flows: "M4 5h5M4 15h5M11 10h5M9 5c2 0 2 5 4 5M9 15c2 0 2-5 4-5",
  runs: "M5 4.5l10 5.5-10 5.5z",
  schedules: "M10 3a7 7 0 1 0 .01 0zM10 6.5V10l2.5 2",
  settings: "M4 6h6M14 6h2M4 14h2M10 14h6M12 4.2a1.8 1.8 0 1 0 .01 0zM8 12.2a1.8 1.8 0 1 0 .01 0z",
  help: "M10 3a7 7 0 1 0 .01 0zM7.8 8c0-3 4.4-3 4.4-.2 0 1.8-2.2 1.7-2.2 3.5M10 13.8v.2",
  search: "M9 4a5 5 0 1 0 .01 0zM12.7 12.7L16.5 16.5",
  close: "M5 5l10 10M15 5L5 15",
  sun: "M10 6.8a3.2 3.2 0 1 0 .01 0zM10 2.5v1.5M10 16v1.5M2.5 10H4M16 10h1.5M4.7 4.7l1 1M14.3 14.3l1 1M4.7 15.3l1-1M14.3 5.7l1-1",
  moon: "M15.5 12.2A6.5 6.5 0 0 1 7.8 4.5a6.2 6.2 0 1 0 7.7 7.7z",
  globe: "M10 3a7 7 0 1 0 .01 0zM3.2 10h13.6M10 3c-4.5 4-4.5 10 0 14M10 3c4.5 4 4.5 10 0 14",
  clock: "M10 3a7 7 0 1 0 .01 0zM10 6.5V10l2.5 2",
  play: "M6 4l10 6-10 6z",
  pause: "M7 4.5v11M13 4.5v11",
  copy: "M7 7h9v9H7zM4 13V4h9",
  check: "M4 10.5l4 4 8-9",
  plus: "M10 4v12M4 10h12",
  minus: "M4 10h12",
  fit: "M4 8V4h4M12 4h4v4M16 12v4h-4M8 16H4v-4",
  goesDown: "M7 3.5h6v4H7zM10 7.5v5M7 12.5h6v4H7z",
  goesRight: "M3 7.5h4.5v5H3zM7.5 10h5M12.5 7.5H17v5h-4.5z",
  chevron: "M7 5l5 5-5 5",
  back: "M13 5l-5 5 5 5",
  down: "M5 7.5l5 5 5-5",
  list: "M4 5h1M8 5h8M6 10h1M10 10h6M6 15h1M10 15h6",
  history: "M4 10a6 6 0 1 1 1.8 4.3M4 14v-3.8M4 14h3.6M10 7v3l2 1.5",
  warning: "M10 3.5L17.5 16h-15zM10 8v4M10 13.8v.2",
  trash: "M4 6h12M8 6V4h4v2M6 6l1 10h6l1-10",
  external: "M8 5H4v11h11v-4M11 4h5v5M16 4l-7 7",
  download: "M10 3v9M6 8.5l4 4 4-4M4 16h12",
  filter: "M3 5h14l-5.5 6v5l-3-1.5V11z",
  keyboard: "M2.5 6h15v9h-15zM5.5 9h.1M8.5 9h.1M11.5 9h.1M14.5 9h.1M7 12h6",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
