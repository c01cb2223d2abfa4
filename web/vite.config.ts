// How the page is built: into the package's own folder, with no address of anybody else in it.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

export default defineConfig({
  base: "/",
  resolve: { alias: { "@words": fileURLToPath(new URL("../src/openleo/http/words", import.meta.url)) } },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: fileURLToPath(new URL("../src/openleo/http/static", import.meta.url)),
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false }, // it would be an inline script, which the page's policy forbids
    assetsInlineLimit: 0, // nothing becomes a data: address
    cssCodeSplit: true,
    chunkSizeWarningLimit: 1500,
  },
});
