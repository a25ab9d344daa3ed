import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/** Where `npm run dev` sends calls of the API. */
const service = process.env.BERKUT_CONSOLE_SERVICE ?? 'http://127.0.0.1:8080';
const early = fileURLToPath(new URL('src/api/early.ts', import.meta.url));

/** Has the page run `early.ts` as soon as it is there, and not only when all of its own script is. */
const runEarly = {
  name: 'run-early',
  apply: 'build',
  transformIndexHtml: {
    order: 'post',
    handler(_html, { bundle = {} }) {
      const chunk = Object.values(bundle).find(({ moduleIds }) => moduleIds?.includes(early));
      if (chunk === undefined || chunk.moduleIds.length > 1) throw new Error('early.ts has no file of its own');
      const attrs = { type: 'module', async: true, crossorigin: true, src: `/${chunk.fileName}` };
      return [{ tag: 'script', attrs, injectTo: 'head' }];
    },
  },
};

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [runEarly],
  build: {
    outDir: fileURLToPath(new URL('../dist/console', import.meta.url)),
    emptyOutDir: true,
    target: ['chrome123', 'firefox121', 'safari17.5'],
    // The licences of what is built into the page ask for a notice.
    license: { fileName: 'licences.txt' },
    // The page has one script; the polyfill would only add to it.
    modulePreload: { polyfill: false },
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'early', test: /\/api\/early\.ts$/ }] } } },
  },
  server: { host: '127.0.0.1', proxy: { '/api': { target: service, xfwd: true } } },
  preview: { host: '127.0.0.1', proxy: { '/api': { target: service, xfwd: true } } },
});
