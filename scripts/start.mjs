// `npm start`: creates secrets on the first run, applies migrations and runs `wrangler dev` with the further arguments.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { nodeFault } from './node-version.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const bin = join(dirname(createRequire(import.meta.url).resolve('wrangler/package.json')), 'bin/wrangler.js')
const passed = process.argv.slice(2)
const libsql = takeOption('--libsql')
const ip = option('--ip') ?? '127.0.0.1'
const port = option('--port') ?? '8787'
const url = `http://${ip.includes(':') ? `[${ip}]` : ip}:${port}`

/** The current child process, which receives signals, and whether a signal arrived: the exit code of wrangler does not show it. */
let running
let isAskedToEnd = false
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    if (!running) process.exit(0)
    isAskedToEnd = true
    running.kill(signal)
  })
}

const fault = nodeFault()
if (fault) stop(fault)
await refuseTakenPort()
await makeSecrets()
const database = libsql ? await migrateLibsql() : await migrate()
greet()
await serve()

/** Checks the port first, because wrangler reports a used port only after other output. wrangler reports other faults. */
async function refuseTakenPort() {
  try {
    const probe = createServer().listen(Number(port), ip)
    await once(probe, 'listening')
    await once(probe.close(), 'close')
  } catch (error) {
    if (error.code !== 'EADDRINUSE') return
    const other = Number(port) + 1
    stop(`Something else listens on ${ip}:${port}. Stop it, or use another port: npm start -- --port ${other}`)
  }
}

/** Writes `.dev.vars` with new secrets if it does not exist. */
async function makeSecrets() {
  const secret = () => randomBytes(32).toString('base64url')
  const hosts = ['localhost', '127.0.0.1']
  const origins = hosts.flatMap((host) => [5173, 4173, 3000].map((localPort) => `http://${host}:${localPort}`))
  const content = [
    '# Secrets for local use, created by `npm start`. Do not use them in production and do not commit them.',
    `JWT_SECRET=${secret()}`,
    `PASSWORD_PEPPER=${secret()}`,
    '# The origins whose pages can call the service, comma-separated. Overrides wrangler.toml. Restart to apply a change.',
    `ALLOWED_ORIGINS=${origins.join(',')}`,
    '',
  ].join('\n')
  try {
    await writeFile(join(root, '.dev.vars'), content, { flag: 'wx', mode: 0o600 })
    console.log('Created .dev.vars with new secrets.')
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
}

/** Applies the migrations to the local database. The output of wrangler is printed only if it fails. */
async function migrate() {
  // Both commands must use the same data directory.
  const persist = option('--persist-to')
  const child = wrangler(
    ['d1', 'migrations', 'apply', 'DB', '--local', ...(persist ? ['--persist-to', persist] : [])],
    ['ignore', 'pipe', 'pipe'],
  )
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exitCode(child)])
  if (code !== 0) stop(`${stdout}${stderr}\nThe migrations in drizzle/ could not be applied. Postern does not start.`)
  console.log('The local database is up to date.')
  return []
}

/** The same for `--libsql URL`. Resolves to the arguments for `wrangler dev`. */
async function migrateLibsql() {
  const { prepareLibsql } = await import('./start-libsql.mjs')
  const args = await prepareLibsql(root, libsql).catch((error) => stop(error.message))
  console.log(`The libSQL database at ${new URL(libsql).host} is up to date.`)
  return args
}

function greet() {
  console.log(`
Postern starts on ${url} (Ctrl-C stops it)
  the documentation   ${url}/docs
  something to try    curl ${url}/users/register -H 'Content-Type: application/json' \\
                        -d '{"username":"홍길동","email":"hong@example.com","password":"correct horse battery staple"}'
  password reset      ${url}/reset
  the mailbox         ${url}/cdn-cgi/local/explorer/email/sending?worker=postern (each mail is printed here too)
`)
}

async function serve() {
  const defaults = { '--ip': ip, '--port': port }
  const missing = Object.entries(defaults).filter(([name]) => option(name) === undefined)
  const vars = {
    SERVER_TIMING: 'on',
    NEW_ACCOUNT_POSTS_PER_DAY: '0',
    MAIL_FROM: 'Postern <no-reply@localhost.test>',
    APP_URL: url,
  }
  // `--var` would override the settings in `.dev.vars`.
  const own = readFileSync(join(root, '.dev.vars'), 'utf8')
  const development = [
    '--show-interactive-dev-session=false',
    ...Object.entries(vars)
      .filter(([name]) => !new RegExp(`^\\s*${name}\\s*=`, 'm').test(own))
      .flatMap(([name, value]) => ['--var', `${name}:${value}`]),
  ]
  const child = wrangler(
    ['dev', ...missing.flat(), ...development, ...database, ...passed],
    ['inherit', 'pipe', 'inherit'],
  )
  printMails(child.stdout)
  process.exit(await exitCode(child))
}

/** Prints the output of wrangler, and the text of each simulated mail after its path. */
function printMails(output) {
  createInterface({ input: output }).on('line', (line) => {
    console.log(line)
    const [, path] = /^Text: (.+\.txt)$/.exec(stripVTControlCharacters(line).trim()) ?? []
    if (path) console.log(`\n${readFileSync(path, 'utf8')}`)
  })
}

/** The value of an option among the passed arguments: `--port 1` or `--port=1`. */
function option(name) {
  const at = passed.findIndex((argument) => argument === name || argument.startsWith(`${name}=`))
  return at < 0 ? undefined : passed[at].includes('=') ? passed[at].slice(name.length + 1) : passed[at + 1]
}

/** The same for an option of this script, which is removed from the arguments of wrangler. */
function takeOption(name) {
  const value = option(name)
  const at = passed.findIndex((argument) => argument === name || argument.startsWith(`${name}=`))
  if (at >= 0) passed.splice(at, passed[at].includes('=') ? 1 : 2)
  return value
}

/** Runs wrangler without the internet: no metrics, no check for a newer version, no download of the `cf` object. */
function wrangler(args, stdio = 'inherit') {
  const quiet = {
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_HIDE_BANNER: 'true',
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    ...(process.stdout.isTTY && { FORCE_COLOR: '1' }),
  }
  running = spawn(process.execPath, [bin, ...args], { cwd: root, stdio, env: { ...quiet, ...process.env } })
  return running
}

/** Resolves to the exit code of the child. After a signal, ends this process with 0 instead. */
async function exitCode(child) {
  const [code] = await once(child, 'exit')
  running = undefined
  if (isAskedToEnd) process.exit(0)
  return code ?? 1
}

function stop(message) {
  console.error(message)
  process.exit(1)
}
