/** The programs of the README and the guide, as they stand: compiled, not run (bodies of the last are elsewhere). */
import { branch, context, flow, signals, task, unmapped } from "caudal";

const helloWorld = task("hello_world", () => {
  console.log("Hello world!");
  return "Hello Caudal!";
});
const caudalSay = task("caudal_say", (s: string) => console.log(s));

export const first = flow("my first flow!", () => {
  caudalSay(helloWorld());
});

interface User {
  readonly id: string;
}
interface Letter {
  readonly text: string;
}
interface Receipt {
  readonly at: Date;
}
declare const listUsers: import("caudal").Task<[], Promise<User[]>>;
declare const loadTemplate: import("caudal").Task<[], Promise<string>>;
declare const writeLetter: import("caudal").Task<[user: User, template: string], Letter>;
declare const pickChannel: import("caudal").Task<[users: User[]], "sms" | "mail">;
declare const sendSms: import("caudal").Task<[letter: Letter], Promise<Receipt>>;
declare const sendMail: import("caudal").Task<[letter: Letter], Promise<Receipt>>;

export const notify = flow("notify", () => {
  const users = listUsers();
  const letters = writeLetter.map(users, unmapped(loadTemplate()));
  return branch(pickChannel(users), {
    sms: () => sendSms.map(letters),
    mail: () => sendMail.map(letters),
  });
});

declare function status(id: string): Promise<{ done: boolean; output: string }>;

export const poll = task("poll job", async (id: string) => {
  const job = await status(id);
  if (!job.done && context().loop.count < 100) throw signals.loop(job, { in: "5s" });
  return job.output;
});
