/** The door `caudal/tasks/shell`. */
export { type ShellArguments, type ShellExpect, type ShellOptions, shell } from "./shell/shell-task.ts";
