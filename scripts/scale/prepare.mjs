// A service over its own filled database, in this process.
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startService } from '../service.mjs'
import { fillAccounts } from './fill-accounts.mjs'
import { fillAuditLog, fillReports } from './fill-moderation.mjs'
import { fillWithheld } from './fill-withheld.mjs'
import { fillPosts } from './fill.mjs'

// Nothing here needs the internet. wrangler reads these variables when it is loaded.
Object.assign(process.env, { CLOUDFLARE_CF_FETCH_ENABLED: 'false', WRANGLER_SEND_METRICS: 'false' })
const { unstable_startWorker: startWorker } = await import('wrangler')

const PASSWORD = 'a passphrase nobody uses'
/** Those who sign in, and the authors of withheld posts: fill-withheld.mjs. */
const REGISTERED = ['writer', 'operator', 'spammer', 'hidden']
const accountOf = (username) => ({ email: `${username}@example.com`, password: PASSWORD })

const dirs = []
process.on('exit', () => dirs.forEach((dir) => rmSync(dir, { recursive: true, force: true, maxRetries: 10 })))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))

/** `rows` posts and audit entries, and a tenth as many authors and reports. */
export async function prepare(rows) {
  const dir = await mkdtemp(join(tmpdir(), 'postern-scale-'))
  dirs.push(dir)
  // `npm start` applies the migrations. Some users register over HTTP.
  const service = await startService({ dir })
  for (const username of REGISTERED) {
    await send(service.url, 'register', { username, ...accountOf(username) })
  }
  await service.stop()
  const tenth = rows / 10
  timed(`${rows} posts`, () => fillPosts(dir, rows, { authors: tenth }))
  timed(`${rows / 50} withheld posts`, () => fillWithheld(dir, rows / 50))
  timed('accounts and sessions', () => fillAccounts(dir, { wave: rows / 100 }))
  timed(`${tenth} reports`, () => fillReports(dir, tenth))
  timed(`${rows} audit entries`, () => fillAuditLog(dir, rows))
  const worker = await startWorker({
    config: fileURLToPath(new URL('../../wrangler.toml', import.meta.url)),
    entrypoint: fileURLToPath(new URL('worker.mjs', import.meta.url)),
    dev: {
      persist: dir,
      server: { hostname: '127.0.0.1', port: 0 },
      inspector: false,
      watch: false,
      logLevel: 'error',
    },
  })
  const { origin: url } = await worker.url
  return { url, stop: () => worker.dispose() }
}

/** An access token of the user. */
export async function signIn(url, username) {
  const { access_token: token } = await send(url, 'login', accountOf(username))
  return token
}

async function send(url, how, body) {
  const response = await fetch(`${url}/users/${how}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  })
  assert.ok(response.ok, `/users/${how} responded with ${response.status}`)
  return response.json()
}

function timed(what, fill) {
  const start = performance.now()
  fill()
  console.log(`wrote ${what} in ${((performance.now() - start) / 1000).toFixed(0)} s`)
}
