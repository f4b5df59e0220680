/** A flow in which every text is hostile: markup, scripts, turned-around text, far too long, and full of control codes. */
import { flow, parameter, task } from "../../src/index.ts";

/** As they are found in the wild; each sets `__pwned` where it runs. None has a slash: names may not. */
const FOR_NAMES: readonly string[] = [
  `<img src=x onerror=window.__pwned=1>`,
  `"><svg onload=window.__pwned=2>`,
  `' autofocus onfocus=window.__pwned=3 x='`,
  `<details open ontoggle=window.__pwned=4>`,
  `<iframe srcdoc='<img src=x onerror=parent.__pwned=5>'>`,
  `<body onload=window.__pwned=6>`,
  `<input autofocus onfocus=window.__pwned=7>`,
  `<video src=x onerror=window.__pwned=8>`,
  `<a href=javascript:window.__pwned=9>here<b>`,
  `javascript:window.__pwned=10`,
  `{{constructor.constructor('window.__pwned=11')()}}`,
  "$" + "{window.__pwned=12}",
  `<math><mtext><img src=x onerror=window.__pwned=13>`,
  `<style>@import 'x';*{background:red}<b style=color:red>`,
  `&lt;img src=x onerror=window.__pwned=14&gt;`,
  `__proto__`,
  `constructor`,
];

/** Those with a slash, for texts that are not names. */
const FOR_TEXTS: readonly string[] = [
  `</script><script>window.__pwned=20</script>`,
  `</textarea></title></style><script>window.__pwned=21</script>`,
  `data:text/html,<script>window.__pwned=22</script>`,
  `[a link](javascript:window.__pwned=23) ![a picture](https://evil.test/x.png)`,
  `<object data="javascript:window.__pwned=24"></object><embed src="//evil.test/x">`,
  `<form action="https://evil.test/"><button formaction="javascript:window.__pwned=25">`,
  `<link rel=stylesheet href=//evil.test/x.css><base href=//evil.test/>`,
];

export const PAYLOADS = { names: FOR_NAMES, texts: FOR_TEXTS };

/** Turned around, above and below the line, in many scripts, and with what a terminal would obey. */
export const ODD = {
  turned: "invoice_\u202efdp.exe",
  marks: `Z${"\u0335\u0337\u0321\u0316".repeat(30)}algo`,
  faces: "👩‍👩‍👧‍👦🏳️‍🌈🧑🏽‍🚀 ناجح הצלחה 成功 ".repeat(3),
  escapes:
    "\u001b[31mred\u001b[0m \u001b]8;;javascript:window.__pwned=30\u0007click\u001b]8;;\u0007 \u001b]52;c;cHduZWQ=\u0007\u0000\u0008\u009b2J end",
  long: `begin_${"x".repeat(9_988)}_end_`,
};

const ALL = [...FOR_NAMES, ...FOR_TEXTS, ...Object.values(ODD)];

export const HOSTILE_FLOW = `hostile <img src=x onerror=window.__pwned=40> ${"very_long_".repeat(14)}`;

/** A tag may hold anything but NUL, where SQLite would end it. */
const TAGS = ALL.filter((text) => !text.includes("\0"));

const says = FOR_NAMES.map((name, at) =>
  task({ name: `${name} says`, tags: TAGS, description: ALL.join("\n\n") }, () => {
    for (const text of at === 0 ? ALL : [name]) console.log(text);
    return Object.fromEntries([...ALL, "__proto__x"].map((key, at) => [key, ALL[ALL.length - 1 - at] ?? key]));
  }),
);

const fails = FOR_NAMES.map((name, at) =>
  task({ name: `${name} fails`, trigger: "all_finished" }, () => {
    const error = new Error([ALL[at % ALL.length], ...ALL].join("\n"), { cause: new TypeError(ODD.long) });
    error.name = FOR_NAMES[0] ?? "";
    throw error;
  }),
);

export const hostile = flow(
  {
    name: HOSTILE_FLOW,
    description: ALL.map((text) => `${text} and **${text}**`).join("\n\n"),
    tags: FOR_NAMES,
    parameters: {
      [FOR_NAMES[0] ?? ""]: FOR_TEXTS[0] ?? "",
      texts: parameter<readonly string[]>({ default: ALL, description: ALL.join(" ") }),
      constructor: "a word of the language",
    },
  },
  () => {
    for (const [at, say] of says.entries()) fails[at]?.().setUpstream(say());
  },
);
