/** What empty pages teach with: code that works as it stands. */
export const HELLO_FLOW = `import { flow, task } from "caudal";

const greet = task("greet", (name: string) => {
  console.log(\`Hello, \${name}!\`);
  return name.length;
});

export const hello = flow(
  { name: "my first flow!", parameters: { name: "world" } },
  ({ name }) => ({ letters: greet(name) }),
);
`;

export const SCHEDULE_EXAMPLES = [
  { key: "minute", code: `schedule: every("1m")` },
  { key: "morning", code: `schedule: cron("0 9 * * 1-5", { zone: "America/Mexico_City" })` },
  { key: "week", code: `schedule: every("7d", { zone: "America/Mexico_City" })` },
] as const;
