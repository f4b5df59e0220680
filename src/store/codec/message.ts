/** Of anything thrown, even of what throws when it is looked at. */
export function messageOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error).slice(0, 200);
  } catch {
    return "what was thrown is no text";
  }
}
