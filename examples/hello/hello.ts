import { flow, task } from "caudal";

const helloWorld = task("hello_world", () => {
  console.log("Hello world!");
  return "Hello Caudal!";
});
const caudalSay = task("caudal_say", (s: string) => console.log(s));

const first = flow("my first flow!", () => {
  caudalSay(helloWorld());
});

await first.run();

// What it prints, times masked (test/examples compares it):
/*
$ npx caudal run hello.ts
[<time>] INFO - caudal.FlowRunner | Beginning Flow run for 'my first flow!'
[<time>] INFO - caudal.TaskRunner | Task 'hello_world': Starting task run...
Hello world!
[<time>] INFO - caudal.TaskRunner | Task 'hello_world': Finished task run for task with final state: 'Success'
[<time>] INFO - caudal.TaskRunner | Task 'caudal_say': Starting task run...
Hello Caudal!
[<time>] INFO - caudal.TaskRunner | Task 'caudal_say': Finished task run for task with final state: 'Success'
[<time>] INFO - caudal.FlowRunner | Flow run SUCCESS: all reference tasks succeeded
*/
