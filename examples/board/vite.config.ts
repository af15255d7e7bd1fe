/** The port is in `ALLOWED_ORIGINS` of `npm start`. Every path serves the app, which has its own router. */
import { defineConfig } from 'vite'

export default defineConfig({
  server: { port: 5173, strictPort: true },
  build: {
    target: 'es2023',
    rolldownOptions: {
      // The framework changes less often than the app, so it is a separate file.
      output: { codeSplitting: { groups: [{ name: 'react', test: /node_modules\/(react|react-dom|scheduler)\// }] } },
    },
  },
})
