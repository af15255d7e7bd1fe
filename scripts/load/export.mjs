// The memory of an export of an account with much content: `node scripts/load/export.mjs [megabytes=500] [limit=64]`.
// Fails if the heap of the Worker's isolate exceeds the limit, in MiB, or if an item is missing.
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import { startBundle } from './bundle.mjs'
import { openHeap } from './memory.mjs'

const [megabytes = 500, limit = 64] = process.argv.slice(2).map(Number)
const LIST_BYTES = 800_000

const dir = await mkdtemp(join(tmpdir(), 'postern-export-'))
const { url, inspector, stop } = await startBundle(dir, { onError: console.error, onDeath: () => process.exit(1) })
try {
  const token = await register()
  const recipes = Math.ceil((megabytes * 1e6) / (2 * LIST_BYTES))
  await writeRecipes(recipes)

  const heap = await openHeap(inspector)
  const before = await heap()
  let peak = 0
  const done = new AbortController()
  const watching = watch()
  async function watch() {
    while (!done.signal.aborted) peak = Math.max(peak, await heap())
  }
  const start = performance.now()
  const response = await fetch(`${url}/users/me/export`, { headers: { Authorization: `Bearer ${token}` } })
  let [bytes, items] = [0, 0]
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    items += Buffer.from(chunk).toString('latin1').split('"title":"Recipe').length - 1
  }
  done.abort()
  await watching
  const seconds = (performance.now() - start) / 1000
  console.log(
    `${items} recipes, ${Math.round(bytes / 1e6)} MB in ${seconds.toFixed(1)} s; heap ${before.toFixed(1)} MiB before, ${peak.toFixed(1)} MiB at most.`,
  )
  if (items !== recipes || peak > limit) process.exitCode = 1
} finally {
  await stop()
  await rm(dir, { recursive: true, force: true, maxRetries: 10 })
}

async function register() {
  const body = JSON.stringify({ username: 'cook', email: 'cook@example.com', password: 'a passphrase nobody uses' })
  const headers = { 'Content-Type': 'application/json' }
  const response = await fetch(`${url}/users/register`, { method: 'POST', headers, body })
  return (await response.json()).access_token
}

/** Directly into the database, because the service limits how many items a new account can write. */
async function writeRecipes(count) {
  const files = await readdir(join(dir, 'data/v3/d1'), { recursive: true })
  const file = files.find((name) => name.endsWith('.sqlite') && !name.endsWith('metadata.sqlite'))
  const db = new Database(join(dir, 'data/v3/d1', file))
  db.exec('pragma busy_timeout = 10000; pragma synchronous = off')
  const list = JSON.stringify(Array.from({ length: 200 }, () => 'x'.repeat(LIST_BYTES / 200)))
  const insert = db.prepare(`insert into recipes
    (author_id, title, visibility, created_at, updated_at, version, ingredients, directions)
    values (1, ?, 'public', 1, 1, 1, ?, ?)`)
  for (let n = 0; n < count; n++) insert.run(`Recipe ${n}`, list, list)
  db.close()
}
