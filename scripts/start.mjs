// `npm start`: secrets on the first run, migrations, then `wrangler dev`. Further arguments are wrangler's.
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

/** What runs now, so that a signal reaches it, and whether one came: wrangler's exit code does not tell. */
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

/** Before anything else, because wrangler finds out only after it has said a lot. Other faults it may tell itself. */
async function refuseTakenPort() {
  try {
    const probe = createServer().listen(Number(port), ip)
    await once(probe, 'listening')
    await once(probe.close(), 'close')
  } catch (error) {
    if (error.code !== 'EADDRINUSE') return
    const other = Number(port) + 1
    stop(`Something else listens on ${ip}:${port}. End it, or take another port: npm start -- --port ${other}`)
  }
}

/** Writes `.dev.vars` with fresh secrets where there is none; what is there stays as it is. */
async function makeSecrets() {
  const secret = () => randomBytes(32).toString('base64url')
  const hosts = ['localhost', '127.0.0.1']
  const origins = hosts.flatMap((host) => [5173, 4173, 3000].map((localPort) => `http://${host}:${localPort}`))
  const content = [
    '# Secrets for local use, made by `npm start`. Not for production, and not to be committed.',
    `JWT_SECRET=${secret()}`,
    `PASSWORD_PEPPER=${secret()}`,
    '# The origins whose pages may call the service, comma-separated. These win over wrangler.toml; restart to apply a change.',
    `ALLOWED_ORIGINS=${origins.join(',')}`,
    '',
  ].join('\n')
  try {
    await writeFile(join(root, '.dev.vars'), content, { flag: 'wx', mode: 0o600 })
    console.log('Made .dev.vars with fresh secrets.')
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
}

/** Brings the local database up to date. What wrangler says of it is shown only where it fails. */
async function migrate() {
  // Where the data is kept has to be the same for both commands.
  const persist = option('--persist-to')
  const child = wrangler(
    ['d1', 'migrations', 'apply', 'DB', '--local', ...(persist ? ['--persist-to', persist] : [])],
    ['ignore', 'pipe', 'pipe'],
  )
  const [said, complained, code] = await Promise.all([text(child.stdout), text(child.stderr), exitCode(child)])
  if (code !== 0) stop(`${said}${complained}\nThe migrations in drizzle/ do not apply, so Postern does not start.`)
  console.log('The local database is up to date.')
  return []
}

/** The same for `--libsql URL`. Resolves to what `wrangler dev` has to be told. */
async function migrateLibsql() {
  const { prepareLibsql } = await import('./start-libsql.mjs')
  const args = await prepareLibsql(root, libsql).catch((error) => stop(error.message))
  console.log(`The libSQL database at ${new URL(libsql).host} is up to date.`)
  return args
}

function greet() {
  console.log(`
Postern starts on ${url} (Ctrl-C ends it)
  the documentation   ${url}/docs
  something to try    curl ${url}/users/register -H 'Content-Type: application/json' \\
                        -d '{"username":"홍길동","email":"hong@example.com","password":"correct horse battery staple"}'
  a lost password     ${url}/reset
  the mailbox         ${url}/cdn-cgi/local/explorer/email/sending?worker=postern (each mail is printed here too)
`)
}

async function serve() {
  const defaults = { '--ip': ip, '--port': port }
  const unsaid = Object.entries(defaults).filter(([name]) => option(name) === undefined)
  const vars = {
    SERVER_TIMING: 'on',
    NEW_ACCOUNT_POSTS_PER_DAY: '0',
    MAIL_FROM: 'Postern <no-reply@localhost.test>',
    APP_URL: url,
  }
  // What `.dev.vars` sets is the user's choice, and `--var` would win over it.
  const own = readFileSync(join(root, '.dev.vars'), 'utf8')
  const development = [
    '--show-interactive-dev-session=false',
    ...Object.entries(vars)
      .filter(([name]) => !new RegExp(`^\\s*${name}\\s*=`, 'm').test(own))
      .flatMap(([name, value]) => ['--var', `${name}:${value}`]),
  ]
  const child = wrangler(
    ['dev', ...unsaid.flat(), ...development, ...database, ...passed],
    ['inherit', 'pipe', 'inherit'],
  )
  printMails(child.stdout)
  process.exit(await exitCode(child))
}

/** Passes on what wrangler prints, and after the path of a mail's text prints the text: wrangler sends no mail. */
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

/** The same for an option that is not wrangler's: it is not passed on. */
function takeOption(name) {
  const value = option(name)
  const at = passed.findIndex((argument) => argument === name || argument.startsWith(`${name}=`))
  if (at >= 0) passed.splice(at, passed[at].includes('=') ? 1 : 2)
  return value
}

/** Nothing here needs the internet: no metrics, no look for a newer version, no `cf` object fetched. */
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

/** Resolves at the child's end. Where we were asked to end, that end is no failure, and nothing comes after it. */
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
