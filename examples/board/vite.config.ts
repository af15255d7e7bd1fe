/** The port is one that `npm start` lists in `ALLOWED_ORIGINS`. Any path is the app, which has its own router. */
import { defineConfig } from 'vite'

export default defineConfig({
  server: { port: 5173, strictPort: true },
  build: {
    target: 'es2023',
    rolldownOptions: {
      // The framework changes less often than the app, so it is a file of its own.
      output: { codeSplitting: { groups: [{ name: 'react', test: /node_modules\/(react|react-dom|scheduler)\// }] } },
    },
  },
})
