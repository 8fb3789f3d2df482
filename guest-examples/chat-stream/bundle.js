// chat.js, its page and the packages it uses → build/bundle.js, which becomes the component.

import { SpinEsbuildPlugin } from "@spinframework/build-tools/plugins/esbuild/index.js";
import { build } from "esbuild";

await build({
  entryPoints: ["chat.js"],
  outfile: "build/bundle.js",
  bundle: true,
  format: "esm",
  loader: { ".html": "text" },
  plugins: [await SpinEsbuildPlugin()], // leaves the host's interfaces as imports
});
