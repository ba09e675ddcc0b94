// Bundles explorer.jsx into ../static, with the licence of everything that is in it.

import { build } from "esbuild";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const out = fileURLToPath(new URL("../static/", import.meta.url));

const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: ["explorer.jsx"],
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  charset: "utf8",
  legalComments: "none",
  define: { "process.env.NODE_ENV": '"production"' },
  metafile: true,
});

// The fonts of the library are three quarters of its style sheet; the system's own will do.
const sheet = `${out}explorer.css`;
const style = readFileSync(sheet, "utf8").replace(/@font-face\s*\{[^}]*\}/g, "");
writeFileSync(sheet, style);

const packages = new Set();
for (const input of Object.keys(metafile.inputs)) {
  const found = input.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//);
  if (found) packages.add(found[1]);
}
const licences = [...packages].sort().map((folder) => {
  const { name, version, license } = JSON.parse(readFileSync(`${here}${folder}/package.json`));
  const file = readdirSync(`${here}${folder}`).find((one) => /^licen[cs]e/i.test(one));
  const text = file ? readFileSync(`${here}${folder}/${file}`, "utf8").trim() : "";
  return `${name} ${version} (${license})\n\n${text}`.trim();
});
writeFileSync(
  `${out}LICENSES.txt`,
  `explorer.js and explorer.css hold these packages.\n\n${licences.join(`\n\n${"-".repeat(80)}\n\n`)}\n`,
);

const digest = createHash("sha256");
const sources = readdirSync(here).filter((name) => name !== "node_modules").sort();
for (const name of sources) {
  const content = readFileSync(`${here}${name}`);
  digest.update(`${name} ${content.length}\n`).update(content);
}
writeFileSync(`${out}made_from.txt`, `${digest.digest("hex")}\n`);
