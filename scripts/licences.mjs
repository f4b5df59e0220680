/** The licences of the packages whose code is carried inside dist/, as one text. */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

/** From a file inside a package: the package's folder. */
const PACKAGE = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/;

export async function licencesOf(root, inputs) {
  const folders = [...new Set(inputs.map((path) => PACKAGE.exec(path)?.[0] ?? ""))]
    .filter((folder) => folder !== "")
    .sort();
  const parts = await Promise.all(folders.map((folder) => licenceOf(join(root, folder))));
  return `Code of these packages is part of the modules in this folder, under their licences.\n${parts.join("")}`;
}

async function licenceOf(folder) {
  const { name, version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? `Licence: ${license}` : (await readFile(join(folder, file), "utf8")).trim();
  return `\n${"-".repeat(80)}\n${name} ${version}\n\n${text}\n`;
}
