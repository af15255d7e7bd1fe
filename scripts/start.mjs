// `npm start`: secrets on the first run, migrations, then `wrangler dev`. Further arguments are wrangler's.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const wrangler = join(dirname(createRequire(import.meta.url).resolve('wrangler/package.json')), 'bin/wrangler.js')
const passed = process.argv.slice(2)

await makeSecrets()
// Where the data is kept has to be the same for both commands.
const persist = option('--persist-to')
await run(['d1', 'migrations', 'apply', 'DB', '--local', ...(persist ? ['--persist-to', persist] : [])], { CI: '1' })

const port = option('--port') ?? '8787'
const url = `http://${option('--ip') ?? '127.0.0.1'}:${port}`
console.log(`
Postern starts on ${url}
  the documentation   ${url}/docs
  something to try    curl ${url}/users/register -H 'Content-Type: application/json' \\
                        -d '{"username":"홍길동","email":"hong@example.com","password":"correct horse battery staple"}'
`)
const defaults = { '--ip': '127.0.0.1', '--port': port }
const unsaid = Object.entries(defaults).filter(([name]) => option(name) === undefined)
await run(['dev', ...unsaid.flat(), '--show-interactive-dev-session=false', ...passed])

/** Writes `.dev.vars` with fresh secrets where there is none; what is there stays as it is. */
async function makeSecrets() {
  const secret = () => randomBytes(32).toString('base64url')
  const content = [
    '# Secrets for local use, made by `npm start`. Not for production, and not to be committed.',
    `JWT_SECRET=${secret()}`,
    `PASSWORD_PEPPER=${secret()}`,
    '# The origins whose pages may call the service, comma-separated.',
    'ALLOWED_ORIGINS=http://localhost:5173,http://localhost:3000',
    '',
  ].join('\n')
  try {
    await writeFile(join(root, '.dev.vars'), content, { flag: 'wx', mode: 0o600 })
    console.log('Made .dev.vars with fresh secrets.')
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
}

/** The value of an option among the passed arguments: `--port 1` or `--port=1`. */
function option(name) {
  const at = passed.findIndex((argument) => argument === name || argument.startsWith(`${name}=`))
  return at < 0 ? undefined : passed[at].includes('=') ? passed[at].slice(name.length + 1) : passed[at + 1]
}

/** Runs wrangler to its end; a failure, or the signal that ends us, is passed on. */
async function run(args, env = {}) {
  const child = spawn(process.execPath, [wrangler, ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true', CLOUDFLARE_CF_FETCH_ENABLED: 'false', ...process.env, ...env },
  })
  const pass = (signal) => child.kill(signal)
  process.on('SIGINT', pass)
  process.on('SIGTERM', pass)
  const code = await new Promise((resolve) => child.on('exit', (exit, signal) => resolve(exit ?? (signal ? 130 : 1))))
  process.off('SIGINT', pass)
  process.off('SIGTERM', pass)
  if (code !== 0) process.exit(code)
}
