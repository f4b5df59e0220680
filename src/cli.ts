#!/usr/bin/env node
/** What `npx caudal` runs. */
import { main } from "./cli/main.ts";

void main(process.argv.slice(2));
