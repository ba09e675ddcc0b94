// Imports every package that package.json names, and prints what it has found.
import { readFileSync } from "node:fs";

const { dependencies } = JSON.parse(readFileSync(new URL("package.json", import.meta.url)));
for (const [name, version] of Object.entries(dependencies)) {
  const found = await import(name);
  console.log(`${name} ${version} ${Object.keys(found).length > 0}`);
}
