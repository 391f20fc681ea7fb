/** Builds one page's script as its owner would; React is there already. See bench/sizes.py. */

export default {
  logLevel: "error",
  build: {
    target: "es2022",
    manifest: true,
    modulePreload: false,
    rolldownOptions: { input: "page.js", external: [/^react($|\/)/, /^react-dom($|\/)/] },
  },
};
