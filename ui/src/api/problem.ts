/** What went wrong between page and server: an answer of 400 and above, or no answer at all. */
import type { Problem } from "../../../src/server/contract.ts";

/** The server answered, and said no. */
export class ApiProblem extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(`${problem.code}: ${problem.detail}`);
    this.problem = problem;
  }
}

/** Nothing answered, or not in our language: the server is gone, or something between us is in the way. */
export class NoAnswer extends Error {}

export type Trouble = ApiProblem | NoAnswer;

export async function problemOf(response: Response): Promise<Trouble> {
  const isProblem = response.headers.get("Content-Type")?.startsWith("application/problem+json") === true;
  const body: unknown = isProblem ? await response.json().catch(() => undefined) : undefined;
  return isProblemBody(body) ? new ApiProblem(body) : new NoAnswer(`HTTP ${response.status} without an explanation`);
}

export function troubleOf(error: unknown): Trouble {
  if (error instanceof ApiProblem || error instanceof NoAnswer) return error;
  return new NoAnswer(error instanceof Error ? error.message : String(error));
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

function isProblemBody(body: unknown): body is Problem {
  return typeof body === "object" && body !== null && "code" in body && "status" in body;
}
