/** Options of library tasks: a factory's own and those every task has, checked together. */
import { type Check, complaintsAbout, refuseIfAny } from "../flow/checks/check-options.ts";
import { TASK_CHECKS } from "../flow/checks/task-checks.ts";

/**
 * @param own a check for each of the factory's own options
 * @param also complaints about what is missing and how options go together
 * @throws CaudalError OPTION_INVALID with every complaint at once
 */
export function checkFactoryOptions(
  factory: string,
  options: unknown,
  own: Readonly<Record<string, Check>>,
  also: readonly (string | undefined)[] = [],
): void {
  const name = (options as { readonly name?: unknown } | null | undefined)?.name;
  const complaints = [
    ...complaintsAbout(options, { ...TASK_CHECKS, ...own }),
    ...also.filter((complaint) => complaint !== undefined),
  ];
  refuseIfAny(typeof name === "string" ? `${factory} '${name}'` : factory, complaints);
}
