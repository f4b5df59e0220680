/** One way of several, decided while the flow runs. All of them are in the drawing; those not taken are Skipped. */
import { branch, flow, task } from "caudal";

type Route = "pay" | "ask" | "refuse";

const chooseRoute = task("choose_route", (euros: number): Route => {
  if (euros <= 0) return "refuse";
  return euros < 500 ? "pay" : "ask";
});

const pay = task("pay", (euros: number) => `paid ${euros} €`);
const askManager = task("ask_manager", (euros: number) => `${euros} € wait for the manager's signature`);
const refuse = task("refuse", (euros: number) => `refused: ${euros} € is no expense`);
const answerClaim = task("answer_claim", (answer: string) => console.log(answer));

export const expenses = flow({ name: "expense claim", parameters: { euros: 120 } }, ({ euros }) => {
  const answer = branch(chooseRoute(euros), {
    pay: () => pay(euros),
    ask: () => askManager(euros),
    refuse: () => refuse(euros), // without this line it does not compile: every route needs a case
  });
  answerClaim(answer); // gets the answer of the case that was taken
  return answer;
});

await expenses.run();

// What it prints, times masked (test/examples compares it):
/*
$ npx caudal run expenses.ts
[<time>] INFO - caudal.FlowRunner | Beginning Flow run for 'expense claim'
[<time>] INFO - caudal.TaskRunner | Task 'choose_route': Starting task run...
[<time>] INFO - caudal.TaskRunner | Task 'choose_route': Finished task run for task with final state: 'Success'
[<time>] INFO - caudal.TaskRunner | Task 'ask_manager': Finished task run for task with final state: 'Skipped'
[<time>] INFO - caudal.TaskRunner | Task 'refuse': Finished task run for task with final state: 'Skipped'
[<time>] INFO - caudal.TaskRunner | Task 'pay': Starting task run...
[<time>] INFO - caudal.TaskRunner | Task 'pay': Finished task run for task with final state: 'Success'
[<time>] INFO - caudal.TaskRunner | Task 'answer_claim': Starting task run...
paid 120 €
[<time>] INFO - caudal.TaskRunner | Task 'answer_claim': Finished task run for task with final state: 'Success'
[<time>] INFO - caudal.FlowRunner | Flow run SUCCESS: all reference tasks succeeded
Result: "paid 120 €"

$ npx caudal run expenses.ts --param euros=900
[<time>] INFO - caudal.FlowRunner | Beginning Flow run for 'expense claim'
[<time>] INFO - caudal.TaskRunner | Task 'choose_route': Starting task run...
[<time>] INFO - caudal.TaskRunner | Task 'choose_route': Finished task run for task with final state: 'Success'
[<time>] INFO - caudal.TaskRunner | Task 'pay': Finished task run for task with final state: 'Skipped'
[<time>] INFO - caudal.TaskRunner | Task 'refuse': Finished task run for task with final state: 'Skipped'
[<time>] INFO - caudal.TaskRunner | Task 'ask_manager': Starting task run...
[<time>] INFO - caudal.TaskRunner | Task 'ask_manager': Finished task run for task with final state: 'Success'
[<time>] INFO - caudal.TaskRunner | Task 'answer_claim': Starting task run...
900 € wait for the manager's signature
[<time>] INFO - caudal.TaskRunner | Task 'answer_claim': Finished task run for task with final state: 'Success'
[<time>] INFO - caudal.FlowRunner | Flow run SUCCESS: all reference tasks succeeded
Result: "900 € wait for the manager's signature"
*/
