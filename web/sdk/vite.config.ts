/** Builds the package as ES modules that need nothing else, for browsers and Node. */

import { defineConfig } from "vite";

export default defineConfig({
  build: {
    target: "es2022",
    // Readable: whoever bundles it makes it small.
    minify: false,
    license: { fileName: "licenses.md" },
    lib: { entry: "src/index.ts", formats: ["es"], fileName: "index" },
    rolldownOptions: { output: { chunkFileNames: "[name].js" } },
  },
});
