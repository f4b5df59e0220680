#!/usr/bin/env node
/**
 * What `npx caudal` runs. What V8 made of our modules and of the flow file is kept for the next time, where Node
 * can (22.8 and later), in the folder Node has for it: this process is ours, a script's own is left as it is.
 */
import module from "node:module";

(module as { readonly enableCompileCache?: () => unknown }).enableCompileCache?.();
const { main } = await import("./cli/main.ts");
void main(process.argv.slice(2));
