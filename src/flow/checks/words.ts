/** How messages call a value somebody gave: short, and without showing what is in it. */
import { isTask } from "./task-mark.ts";

export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  switch (typeof value) {
    case "string":
      return value.length <= 40 ? JSON.stringify(value) : "text";
    case "number":
    case "bigint":
    case "boolean":
      return String(value);
    case "function":
      if (isTask(value)) return `the task '${value.name}' itself`;
      return value.name === "" ? "a function" : `the function '${value.name}'`;
    case "symbol":
      return "a symbol";
    default:
      return describeObject(value);
  }
}

function describeObject(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return "an object";
  const made = (prototype as { readonly constructor?: { readonly name?: unknown } }).constructor?.name;
  return typeof made === "string" && made !== "" ? `a ${made}` : "an object";
}
