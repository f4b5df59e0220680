/** node:crypto costs some 6 ms to load: only programs that hash anything pay for it. */
export function sha256(text: string): Buffer {
  return process.getBuiltinModule("node:crypto").createHash("sha256").update(text).digest();
}
