// Load test: sends mixed requests to the bundle for some minutes. No response may be a 5xx, and memory must not grow.
// `npm run load -- [minutes=10] [users=8]`
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startBundle } from './bundle.mjs'
import { openHeap, residentMemory } from './memory.mjs'
import { startTally, tabulate } from './tally.mjs'
import { simulateUser } from './users.mjs'

const [minutes = 10, users = 8] = process.argv.slice(2).map(Number)
const MINUTE = 60_000
/** The interval at which memory is read, in milliseconds. */
const EVERY = 2000
/**
 * The maximum growth from minutes two and three to the last two minutes, in MiB. A leak of the service would be in the
 * heap of its isolate. workerd itself grows by some tens of MiB during the first 80,000 requests.
 */
const GROWTH = { heap: 5, resident: 64 }
/** The maximum number of logged errors that are printed. */
const SHOWN = 10
/** The minimum number of minutes for a comparison. */
const SHORTEST = 5

const dir = await mkdtemp(join(tmpdir(), 'postern-load-'))
process.on('exit', () => rmSync(dir, { recursive: true, force: true, maxRetries: 10 }))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))
// A killed process leaves its temporary files in this directory.
process.env.TMPDIR = dir

/** The errors in the log of the service. @type {string[]} */
const logged = []
const { url, pid, inspector, stop } = await startBundle(dir, {
  onError: (line) => logged.push(line),
  onDeath: () => giveUp('workerd ended by itself.'),
})
console.log(`The bundle runs on ${url}, in workerd ${pid}: ${users} users, ${minutes} minutes.`)

const start = performance.now()
const until = start + minutes * MINUTE
const { send, requestTypes, samples, count } = startTally(url)
const heap = await openHeap(inspector)
/** @type {{ at: number, heap: number, resident: number }[]} */
const memory = []
// Ends the test if something hangs. An action is a few requests, each with its own time limit.
setTimeout(() => giveUp('The simulated users did not finish in time.'), (minutes + 5) * MINUTE).unref()
await Promise.all([
  watchMemory(),
  ...Array.from({ length: users }, (_, number) => simulateUser({ send, number, until })),
])
const seconds = (performance.now() - start) / 1000
await readMemory()
await stop()
report()

async function watchMemory() {
  let minute = 0
  for (let n = 1; performance.now() < until; n++) {
    const { at, resident } = await readMemory()
    if (at >= minute * MINUTE) {
      const { requests, serverErrors, unexpected } = count
      const figures = `${requests} requests, ${serverErrors} 5xx, ${unexpected} unexpected, ${resident.toFixed(0)} MiB`
      console.log(`minute ${minute++}: ${figures}`)
    }
    await sleep(Math.max(0, Math.min(start + n * EVERY, until) - performance.now()))
  }
}

async function readMemory() {
  const resident = residentMemory(pid)
  if (resident === null) return giveUp('workerd is gone.')
  const sample = { at: performance.now() - start, resident, heap: await heap() }
  memory.push(sample)
  return sample
}

function report() {
  const { requests, serverErrors, unexpected } = count
  console.log(`\n${tabulate(requestTypes)}\n`)
  console.log(`${requests} requests in ${seconds.toFixed(0)} s, ${(requests / seconds).toFixed(0)} a second`)
  console.log(
    `${serverErrors} responses of 500 and above, ${unexpected} unexpected, ${logged.length} errors in the log`,
  )
  for (const line of [...samples, ...logged.slice(0, SHOWN)]) console.error(line)
  const isLevel = [isLevelIn('resident', 'workerd'), isLevelIn('heap', 'the Worker’s isolate')].every(Boolean)
  process.exit(unexpected === 0 && logged.length === 0 && isLevel ? 0 : 1)
}

/**
 * Prints one figure by minute. Returns whether its growth from minutes two and three to the last two is within the limit.
 *
 * @param {'resident' | 'heap'} figure
 * @param {string} what
 */
function isLevelIn(figure, what) {
  const meanOf = (from, to) => {
    const inside = memory.filter(({ at }) => at >= from * MINUTE && at < to * MINUTE)
    return inside.reduce((sum, sample) => sum + sample[figure], 0) / inside.length
  }
  const means = Array.from({ length: minutes }, (_, minute) => meanOf(minute, minute + 1))
  const all = [memory[0][figure], ...means, memory.at(-1)[figure]].map((mib) => mib.toFixed(figure === 'heap' ? 1 : 0))
  console.log(`${what} in MiB at the start, the mean of each minute, and at the end: ${all.join(', ')}`)
  if (minutes < SHORTEST) return true
  const growth = meanOf(minutes - 2, minutes) - meanOf(1, 3)
  const isLevel = growth <= GROWTH[figure]
  const limit = `${GROWTH[figure]} MiB are allowed`
  console.log(
    `  ${isLevel ? 'level' : 'NOT LEVEL'}: ${growth.toFixed(1)} MiB more in the last two minutes than in two and three; ${limit}`,
  )
  return isLevel
}

/** @returns {never} */
function giveUp(why) {
  for (const line of [why, ...logged.slice(0, SHOWN)]) console.error(line)
  process.exit(1)
}
