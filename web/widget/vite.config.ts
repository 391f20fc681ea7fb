/**
 * Builds the widget three times, each with `vite build --mode`:
 *
 * - `package`: `dist/`, ES modules for bundlers, which bring the dependencies.
 * - `app`: `cdn/app.js` and its chunks, ES modules for browsers that need nothing else.
 * - `loader`: `cdn/parley-chat.js`, the classic script that pages refer to; it imports `app.js`.
 */

import { minify } from "terser";
import { defineConfig, type Plugin, type UserConfig } from "vite";
import { sources } from "../sources.js";
import { smallTemplates } from "../templates.js";

const target = "es2022";

/** What the loader imports when it needs it is the other build. */
const importsApp: Plugin = {
  name: "imports-app",
  resolveDynamicImport: () => ({ id: "./app.js", external: true }),
};

/** Emoji by language: their files are all called `data`. */
function nameOf({ moduleIds }: { moduleIds: string[] }): string {
  const language = /emoji-picker-element-data\/(\w+)/.exec(moduleIds.join())?.[1];
  return language ? `emoji-${language}-[hash].js` : "[name]-[hash].js";
}

/** Finds what the other minifier leaves: every byte is loaded by each page that embeds the chat. */
const smaller: Plugin = {
  name: "smaller",
  async generateBundle(_, bundle) {
    for (const chunk of Object.values(bundle)) {
      if (chunk.type !== "chunk") continue;
      const compress = { passes: 3, unsafe_arrows: true, unsafe_methods: true, keep_fargs: false };
      const { code } = await minify(chunk.code, { module: true, ecma: 2020, compress });
      if (code) chunk.code = code;
    }
  },
};

const builds: Record<string, UserConfig> = {
  package: {
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
    plugins: [smallTemplates, smaller],
    resolve: { alias: sources },
    // Dependencies ask it, bundlers answer it, and no browser has it.
    define: { "process.env.NODE_ENV": '"production"' },
    build: {
      target,
      outDir: "cdn",
      license: { fileName: "licenses.md" },
      lib: { entry: { app: "src/element.ts" }, formats: ["es"] },
      rolldownOptions: {
        // What the first chunk shares with later ones stays in it: one request, not one each.
        preserveEntrySignatures: "allow-extension",
        output: { chunkFileNames: nameOf, minify: true, comments: false },
      },
    },
  },
  loader: {
    plugins: [importsApp, smallTemplates, smaller],
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
