/** `caudal version`. */
import { packageAbout } from "../../runtime/report/package-about.ts";
import type { ExitCode, Shell } from "../shell.ts";

export function versionCommand(shell: Shell): Promise<ExitCode> {
  const { version, folder } = packageAbout();
  shell.out(`caudal ${version}, Node ${process.version}, ${process.platform} ${process.arch}\n${folder}`);
  return Promise.resolve(0);
}
