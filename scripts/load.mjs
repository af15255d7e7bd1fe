// Minutes of mixed use of the very bundle that is deployed: no answer may be a 5xx, and workerd's memory has to stay level.
// `node scripts/load.mjs [minutes=10] [users=8]`
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { residentMemory, startBundle } from './load-bundle.mjs'
import { startTally, tabulate } from './load-tally.mjs'
import { live } from './load-users.mjs'

const [minutes = 10, users = 8] = process.argv.slice(2).map(Number)
const MINUTE = 60_000
/** Memory is read so often, in milliseconds. */
const EVERY = 2000
/** What the last two minutes may have over minutes two and three: the larger of a share and so many MiB. */
const GROWTH = { share: 0.15, mib: 20 }
/** So many of the errors that the service logged are shown. */
const SHOWN = 10
/** Before that many minutes there is nothing to compare. */
const SHORTEST = 5

const dir = await mkdtemp(join(tmpdir(), 'postern-load-'))
process.on('exit', () => rmSync(dir, { recursive: true, force: true, maxRetries: 10 }))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))
// What is killed leaves nothing behind elsewhere.
process.env.TMPDIR = dir

/** What the service logged as errors. @type {string[]} */
const logged = []
const { url, pid, stop } = await startBundle(dir, {
  onError: (line) => logged.push(line),
  onDeath: () => giveUp('workerd ended by itself.'),
})
console.log(`The bundle runs on ${url}, in workerd ${pid}: ${users} users, ${minutes} minutes.`)

const start = performance.now()
const until = start + minutes * MINUTE
const { send, kinds, samples, count } = startTally(url)
/** @type {{ at: number, mib: number }[]} */
const memory = []
// Whatever hangs, this ends: a deed is a few requests, and each of them gives up by itself.
setTimeout(() => giveUp('The users did not come to an end.'), (minutes + 5) * MINUTE).unref()
await Promise.all([watchMemory(), ...Array.from({ length: users }, (_, number) => live({ send, number, until }))])
const seconds = (performance.now() - start) / 1000
readMemory()
await stop()
report()

async function watchMemory() {
  let minute = 0
  for (let n = 1; performance.now() < until; n++) {
    const { at, mib } = readMemory()
    if (at >= minute * MINUTE) {
      const { requests, serverErrors, surprises } = count
      console.log(
        `minute ${minute++}: ${requests} requests, ${serverErrors} 5xx, ${surprises} unexpected, ${mib.toFixed(0)} MiB`,
      )
    }
    await sleep(Math.max(0, Math.min(start + n * EVERY, until) - performance.now()))
  }
}

function readMemory() {
  const mib = residentMemory(pid)
  if (mib === null) return giveUp('workerd is gone.')
  const sample = { at: performance.now() - start, mib }
  memory.push(sample)
  return sample
}

function report() {
  console.log(`\n${tabulate(kinds)}\n`)
  console.log(
    `${count.requests} requests in ${seconds.toFixed(0)} s, ${(count.requests / seconds).toFixed(0)} a second`,
  )
  console.log(
    `${count.serverErrors} answers of 500 and above, ${count.surprises} that were not expected, and the service logged ${logged.length} errors`,
  )
  for (const line of [...samples, ...logged.slice(0, SHOWN)]) console.error(line)
  const isLevel = judgeMemory()
  process.exit(count.surprises === 0 && logged.length === 0 && isLevel ? 0 : 1)
}

/** Level is: the mean of the last two minutes is hardly more than that of minutes two and three. */
function judgeMemory() {
  const means = Array.from({ length: minutes }, (_, minute) => meanOf(minute, minute + 1))
  const figures = [memory[0].mib, ...means, memory.at(-1).mib].map((mib) => mib.toFixed(0))
  console.log(`memory of workerd in MiB, at the start, the mean of each minute, at the end: ${figures.join(', ')}`)
  if (minutes < SHORTEST) {
    console.log(`whether it is level takes ${SHORTEST} minutes to tell`)
    return true
  }
  const [early, late] = [meanOf(1, 3), meanOf(minutes - 2, minutes)]
  const most = Math.max(early * (1 + GROWTH.share), early + GROWTH.mib)
  const verdict = late <= most ? 'level' : 'it grows'
  console.log(
    `${verdict}: ${early.toFixed(0)} MiB in minutes two and three, ${late.toFixed(0)} in the last two (${most.toFixed(0)} allowed)`,
  )
  return late <= most
}

/** The mean of what was read between two minutes, in MiB. */
function meanOf(from, to) {
  const inside = memory.filter(({ at }) => at >= from * MINUTE && at < to * MINUTE)
  return inside.reduce((sum, { mib }) => sum + mib, 0) / inside.length
}

/** @returns {never} */
function giveUp(why) {
  for (const line of [why, ...logged.slice(0, SHOWN)]) console.error(line)
  process.exit(1)
}
