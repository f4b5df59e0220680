/**
 * `npm run sim`: plays seeds until their number or the time is used up, and says what was covered and what was found.
 * A failing seed is played again, made small, and told. `--mutants` proves that the simulator sees.
 */
import { main } from "./command.ts";

process.exitCode = await main(process.argv.slice(2));
