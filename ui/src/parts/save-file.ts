/** Hands text that was made in the page over as a file. It is never opened here: a download executes nothing. */
export function saveFile(name: string, type: string, content: string | Blob): void {
  const url = URL.createObjectURL(typeof content === "string" ? new Blob([content], { type }) : content);
  const link = document.createElement("a");
  link.href = url;
  // Separators and control characters are no part of a name on any system.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  link.download = name.replaceAll(/[\\/:*?"<>|\u0000-\u001f]+/g, "_");
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
