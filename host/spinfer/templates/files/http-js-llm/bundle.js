// app.js and the packages it uses → build/bundle.js, which becomes the component.

import { SpinEsbuildPlugin } from "@spinframework/build-tools/plugins/esbuild/index.js";
import { build } from "esbuild";

await build({
  entryPoints: ["app.js"],
  outfile: "build/bundle.js",
  bundle: true,
  format: "esm",
  plugins: [await SpinEsbuildPlugin()], // leaves the host's interfaces as imports
});
