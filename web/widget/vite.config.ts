/**
 * Builds the widget three times, each with `vite build --mode`:
 *
 * - `package`: `dist/`, ES modules for bundlers, which bring the dependencies.
 * - `app`: `cdn/app.js` and its chunks, ES modules for browsers that need nothing else.
 * - `loader`: `cdn/parley-chat.js`, the classic script that pages refer to; it imports `app.js`.
 */

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin, type UserConfig } from "vite";
import { sources } from "../sources.js";
import { smallTemplates } from "../templates.js";

const target = "es2022";

/** The emoji picker's data, beside the chunks: no page asks another host for it. */
const emojiData: Plugin = {
  name: "emoji-data",
  async generateBundle() {
    const data = import.meta.resolve("emoji-picker-element-data/en/emojibase/data.json");
    const source = await readFile(fileURLToPath(data));
    this.emitFile({ type: "asset", fileName: "emoji-data.json", source });
  },
};

/** Vite hides addresses of files that it does not find here from whoever bundles the package. */
const showsAddresses: Plugin = {
  name: "shows-addresses",
  renderChunk: (code) => code.replaceAll('"" + import.meta.url', "import.meta.url"),
};

/** What the loader imports when it needs it is the other build. */
const importsApp: Plugin = {
  name: "imports-app",
  resolveDynamicImport: () => ({ id: "./app.js", external: true }),
};

const builds: Record<string, UserConfig> = {
  package: {
    plugins: [emojiData, showsAddresses],
    build: {
      target,
      minify: false,
      lib: { entry: "src/index.ts", formats: ["es"], fileName: "index" },
      rolldownOptions: {
        external: /^[^./\0]/,
        output: { chunkFileNames: "[name].js" },
      },
    },
  },
  app: {
    plugins: [emojiData, smallTemplates],
    resolve: { alias: sources },
    build: {
      target,
      outDir: "cdn",
      license: { fileName: "licenses.md" },
      lib: { entry: { app: "src/index.ts" }, formats: ["es"] },
      rolldownOptions: {
        output: {
          chunkFileNames: "[name]-[hash].js",
          minify: true,
          // By its name, tests tell apart what is loaded only when it is opened.
          codeSplitting: { groups: [{ name: "emoji", test: /emoji-picker-element/ }] },
        },
      },
    },
  },
  loader: {
    plugins: [importsApp, smallTemplates],
    build: {
      target,
      outDir: "cdn",
      emptyOutDir: false,
      lib: {
        entry: "src/loader.ts",
        formats: ["iife"],
        name: "ParleyLoader",
        fileName: () => "parley-chat.js",
      },
    },
  },
};

export default defineConfig(({ mode }) => {
  const build = builds[mode];
  if (!build) throw new Error(`--mode is one of ${Object.keys(builds).join(", ")}`);
  return build;
});
