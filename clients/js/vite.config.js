import { defineConfig } from 'vite';
import { mangle } from './mangle.js';

/** One file that a browser can import as it is. What bundlers and programs import is made by `../build.js`. */
export default defineConfig({
  root: import.meta.dirname,
  logLevel: 'warn',
  plugins: [mangle()],
  build: {
    target: 'es2022',
    emptyOutDir: false,
    // For ES modules the minifier of vite keeps white space; that of the bundler does not.
    minify: false,
    lib: {
      entry: { postrider: 'src/index.ts' },
      formats: ['es'],
      fileName: (_, name) => `${name}.js`,
    },
    rolldownOptions: { output: { minify: true } },
  },
});
