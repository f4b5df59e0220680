/** For commands whose output is data: whatever else is printed meanwhile must not get into it. */

/**
 * Sends everything printed from here on to stderr. What is returned ends that, and prints what it is given.
 * Lines of runs, of flow files and of bodies all go through these two streams.
 */
export function onlyOnStdout(): (text?: string) => void {
  const { stdout, stderr } = process;
  const write = stdout.write;
  stdout.write = stderr.write.bind(stderr) as typeof stdout.write;
  return (text) => {
    stdout.write = write;
    if (text !== undefined) stdout.write(`${text}\n`);
  };
}
