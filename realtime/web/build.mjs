// Builds the pages' scripts and styles, and copies what is vendored, into the committed folders.
//
//   node build.mjs            writes everything
//   node build.mjs --check    writes nothing; fails when a committed file is not what the sources make
//
// Running Hội Thi never needs Node: the results are committed, with a manifest that says which sources they
// were made from. tests/realtime/test_bundles.py reads that manifest, so the recipe of `sources` is in both.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import * as esbuild from "esbuild";

const WEB = dirname(fileURLToPath(import.meta.url));
const ROOT = join(WEB, "..", "..");
const ADMIN_WEB = join(ROOT, "admin", "web");
const MODULES = join(WEB, "node_modules");

// The phones' pages must run on what people have; stage and host run on the organiser's own machines.
const OLD = { script: ["es2018", "chrome61"], style: ["chrome61", "safari11"] };
const CURRENT = { script: ["es2020"], style: ["chrome80", "safari14"] };
const PAGES = [
  { name: "play", base: WEB, target: OLD },
  { name: "contest", base: WEB, target: OLD },
  { name: "festival", base: WEB, target: OLD },
  { name: "gate", base: WEB, target: OLD },
  { name: "gate_decoder", base: WEB, target: OLD },
  { name: "team", base: WEB, target: OLD },
  { name: "draw", base: WEB, target: OLD },
  { name: "launch", base: WEB, target: OLD },
  { name: "stage", base: WEB, target: CURRENT },
  { name: "festival_stage", base: WEB, target: CURRENT },
  { name: "preview", base: WEB, target: CURRENT },
  { name: "host", base: ADMIN_WEB, target: CURRENT },
];

const VENDOR = "admin/web/static/vendor";
const FONTS = "realtime/web/static/fonts";
const COPIES = [
  ["htmx.org/dist/htmx.min.js", `${VENDOR}/htmx.min.js`],
  ["htmx.org/LICENSE", `${VENDOR}/htmx.LICENSE.txt`],
  ["@picocss/pico/css/pico.min.css", `${VENDOR}/pico.min.css`],
  ["@picocss/pico/LICENSE.md", `${VENDOR}/pico.LICENSE.txt`],
  ["@fontsource/be-vietnam-pro/LICENSE", `${FONTS}/be-vietnam-pro.OFL.txt`],
  ["@fontsource/dejavu-sans/LICENSE", `${FONTS}/dejavu-sans.LICENSE.txt`],
  ...[400, 600, 800].flatMap((weight) =>
    ["latin", "latin-ext", "vietnamese"].map((subset) => {
      const file = `be-vietnam-pro-${subset}-${weight}-normal.woff2`;
      return [`@fontsource/be-vietnam-pro/files/${file}`, `${FONTS}/${file}`];
    }),
  ),
];

/** Every file below `folder`, as paths from the project's root with forward slashes. */
function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return [relative(ROOT, path).replaceAll("\\", "/")];
  });
}

const sha256 = (content) => createHash("sha256").update(content).digest("hex");

/** One hash over all that decides what the bundles are: sorted lines of path, NUL, hash of the content. */
function hashOfSources() {
  const own = ["build.mjs", "package-lock.json"].map((name) => `realtime/web/${name}`);
  const sources = [...own, ...filesBelow(join(WEB, "src")), ...filesBelow(join(ADMIN_WEB, "src"))];
  const lines = sources.sort().map((path) => `${path}\0${sha256(readFileSync(join(ROOT, path)))}\n`);
  return sha256(lines.join(""));
}

async function bundle(entry, options) {
  const built = await esbuild.build({
    entryPoints: [entry],
    absWorkingDir: ROOT,
    bundle: true,
    minify: true,
    write: false,
    // Vietnamese stays as it is: escapes would cost three bytes a letter.
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
    ...options,
  });
  return Buffer.from(built.outputFiles[0].contents);
}

const script = (entry, target) =>
  bundle(entry, {
    format: "iife",
    target,
    nodePaths: [MODULES],
    define: { "process.env.NODE_ENV": '"production"' },
    // tsconfig.json's paths are for the type checker; here the packages' own export maps decide.
    tsconfigRaw: { compilerOptions: { jsx: "react-jsx", jsxImportSource: "preact", strict: true } },
  });

const style = (entry, target) => bundle(entry, { target, external: ["*.woff2", "/static/*"] });

async function bundles() {
  const made = {};
  for (const { name, base, target } of PAGES) {
    const folder = join(base, "src", name);
    const dist = relative(ROOT, join(base, "dist")).replaceAll("\\", "/");
    if (existsSync(join(folder, "main.tsx"))) {
      made[`${dist}/${name}.js`] = await script(join(folder, "main.tsx"), target.script);
    }
    if (existsSync(join(folder, `${name}.css`))) {
      made[`${dist}/${name}.css`] = await style(join(folder, `${name}.css`), target.style);
    }
  }
  const licences = ["preact", "@preact/signals", "@preact/signals-core", "qr"].map(
    (name) => `${name}\n\n${readFileSync(join(MODULES, name, "LICENSE"), "utf8").trim()}\n`,
  );
  made["realtime/web/dist/LICENSES.txt"] = Buffer.from(licences.join("\n\n"));
  return made;
}

function manifest(made) {
  const files = {};
  for (const path of Object.keys(made).sort()) {
    const content = made[path];
    files[path.slice(path.lastIndexOf("/") + 1)] = {
      path,
      sha256: sha256(content),
      bytes: content.length,
      // For the eye only: zlib versions differ by a few bytes, so --check does not compare it.
      gzip: gzipSync(content, { level: 9 }).length,
    };
  }
  return { sources: hashOfSources(), files };
}

const withoutGzip = (text) => text.replace(/"gzip": \d+/g, "");

function differences(wanted) {
  const wrong = [];
  for (const [path, content] of Object.entries(wanted)) {
    const file = join(ROOT, path);
    if (!existsSync(file)) wrong.push(`${path} is missing`);
    else if (path.endsWith("manifest.json")) {
      if (withoutGzip(readFileSync(file, "utf8")) !== withoutGzip(content.toString())) wrong.push(path);
    } else if (!readFileSync(file).equals(content)) wrong.push(path);
  }
  const dists = [...filesBelow(join(WEB, "dist")), ...filesBelow(join(ADMIN_WEB, "dist"))];
  for (const path of dists) if (!(path in wanted)) wrong.push(`${path} has no source`);
  return wrong;
}

const wanted = await bundles();
const described = manifest(wanted);
wanted["realtime/web/dist/manifest.json"] = Buffer.from(`${JSON.stringify(described, null, 2)}\n`);
for (const [from, to] of COPIES) wanted[to] = readFileSync(join(MODULES, from));

if (process.argv.includes("--check")) {
  const wrong = differences(wanted);
  if (wrong.length > 0) {
    console.error(`The committed pages are not what their sources make; run make web and commit:\n  ${wrong.join("\n  ")}`);
    process.exit(1);
  }
} else {
  for (const [path, content] of Object.entries(wanted)) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), content);
  }
  for (const [name, { bytes, gzip }] of Object.entries(described.files)) {
    console.log(`${name.padEnd(14)} ${String(bytes).padStart(8)} bytes ${String(gzip).padStart(7)} gzip`);
  }
}
