// `npm run example`: starts the service on port 8787 and the example app on http://localhost:5173. Ctrl-C stops both.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createServer } from 'vite'

const root = fileURLToPath(new URL('..', import.meta.url))
const service = spawn(process.execPath, ['scripts/start.mjs', '--var', 'APP_URL:http://localhost:5173'], {
  cwd: root,
  stdio: 'inherit',
})
const app = await createServer({ root: `${root}/examples/board`, server: { host: 'localhost' } })
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => service.kill(signal))

try {
  await app.listen()
  console.log('The example app is on http://localhost:5173')
} catch (error) {
  console.error(error.message)
  service.kill('SIGTERM')
}
const [code] = await once(service, 'exit')
await app.close()
process.exit(code ?? 0)
