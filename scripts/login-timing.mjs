// Timing test: compares the time of a failed sign-in with a known and with an unknown e-mail address.
// `npm run timing -- [attempts=60] [--without-hasher]`: the option measures a service without the binding HASHER, in which
// the Worker hashes the passwords and not the Durable Object. On a busy machine 60 attempts are too few: use 250.
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { copyProject } from '../test/support/node/copy.ts'
import { startService } from './service.mjs'

const { positionals, values: options } = parseArgs({
  allowPositionals: true,
  options: { 'without-hasher': { type: 'boolean', default: false } },
})
const attempts = Number(positionals[0] ?? 60)
assert.ok(Number.isInteger(attempts) && attempts > 0, 'The number of attempts must be a positive integer.')
/** The maximum relative difference of the medians. */
const TOLERANCE = 0.15
const WARM_UP = 5
/** The number of attempts for each account, so that the login throttle has no effect. */
const ATTEMPTS_PER_ACCOUNT = 5

const dir = await mkdtemp(join(tmpdir(), 'postern-timing-'))
process.on('exit', () => rmSync(dir, { recursive: true, force: true, maxRetries: 10 }))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))

const { url, stop } = await startCopy(join(dir, 'project'))
const times = { known: [], unknown: [] }
let emails

for (let round = 0; round < WARM_UP + attempts; round++) {
  if (round % ATTEMPTS_PER_ACCOUNT === 0) emails = await takeAccount()
  const order = round % 2 === 0 ? ['known', 'unknown'] : ['unknown', 'known']
  const responses = {}
  for (const which of order) {
    const { time, ...response } = await signIn(emails[which])
    responses[which] = response
    if (round >= WARM_UP) times[which].push(time)
  }
  assert.deepEqual(responses.known, responses.unknown, 'The two responses differ.')
  assert.equal(responses.known.status, 401)
}
await stop()

const medians = { known: median(times.known), unknown: median(times.unknown) }
const ratio = medians.known / medians.unknown
console.log(`passwords are hashed in ${options['without-hasher'] ? 'the Worker' : 'the Durable Object'}`)
console.log(`wrong password, known address    ${medians.known.toFixed(1)} ms (median of ${attempts})`)
console.log(`wrong password, unknown address  ${medians.unknown.toFixed(1)} ms (median of ${attempts})`)
console.log(`ratio                            ${ratio.toFixed(3)}; status, headers and body are equal`)
process.exit(Math.max(ratio, 1 / ratio) > 1 + TOLERANCE ? 1 : 0)

/** Starts a copy of the project with the settings of a clone, in which the rate limit never applies. */
async function startCopy(root) {
  await copyProject(root)
  const file = join(root, 'wrangler.toml')
  let config = (await readFile(file, 'utf8')).replaceAll(/\blimit = \d+/g, 'limit = 1000000')
  if (options['without-hasher']) config = config.replace(/^\[\[durable_objects\.bindings\]\]\n(.+\n)+/m, '')
  await writeFile(file, config)
  const service = await startService({ dir: join(dir, 'data'), root })
  const hasHasher = service.output().includes('env.HASHER')
  if (hasHasher !== options['without-hasher']) return service
  await service.kill()
  throw new Error('The bindings of the service are not the requested ones.')
}

/** Two new addresses of the same length, one with an account and one without. */
async function takeAccount() {
  const name = crypto.randomUUID().slice(0, 12)
  const [known, unknown] = [`${name}@k.example.com`, `${name}@u.example.com`]
  const { status } = await post('/users/register', { username: name, email: known, password: 'the right passphrase' })
  assert.equal(status, 201, 'The account could not be created.')
  return { known, unknown }
}

/** One failed attempt: its time, and the parts of the response that must not differ. */
async function signIn(email) {
  const start = performance.now()
  const response = await post('/users/login', { email, password: 'the wrong passphrase' })
  const raw = await response.text()
  const time = performance.now() - start
  const { request_id } = JSON.parse(raw)
  const headers = [...response.headers].filter(([name]) => name !== 'x-request-id' && name !== 'date')
  return { time, status: response.status, headers, body: raw.replace(request_id, '') }
}

function post(path, body) {
  return fetch(url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2
}
