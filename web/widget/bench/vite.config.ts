/** Builds the page of the bench: `vite build web/widget/bench --outDir <folder>`. */

import { defineConfig } from "vite";
import { sources } from "../../sources.js";
import { smallTemplates } from "../../templates.js";

export default defineConfig({
  base: "./",
  plugins: [smallTemplates],
  resolve: { alias: sources },
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
});
