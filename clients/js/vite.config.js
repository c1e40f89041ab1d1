import { defineConfig } from 'vite';

/** One file that a browser can import as it is. */
export default defineConfig({
  root: import.meta.dirname,
  logLevel: 'warn',
  build: {
    target: 'es2022',
    sourcemap: true,
    emptyOutDir: false,
    lib: { entry: 'src/index.ts', formats: ['es'], fileName: 'postrider' },
    // For ES modules the minifier of vite keeps white space; this one does not.
    minify: false,
    rolldownOptions: { output: { minify: true } },
  },
});
