import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

/**
 * Build of the pages that the server itself serves: the demo at `/`, the console at `/console`, and
 * shared files in `/assets`.
 */
export default defineConfig({
  root: path('.'),
  logLevel: 'warn',
  // Both pages are siblings of `assets`, under any path prefix of a proxy.
  experimental: { renderBuiltUrl: (file, { hostType }) => (hostType === 'html' ? file : { relative: true }) },
  resolve: { alias: { '@postrider/client': path('../clients/js/src/index.ts') } },
  build: {
    target: 'es2022',
    outDir: path('dist'),
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    // The content policy of the pages allows no data: URLs.
    assetsInlineLimit: 0,
    rolldownOptions: { input: { demo: path('demo/index.html'), console: path('console/index.html') } },
  },
});
