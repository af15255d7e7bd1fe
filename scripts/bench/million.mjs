// Sends the same requests to the service over a thousand posts and over a million.
import { join } from 'node:path'
import { fillPosts } from '../scale/fill.mjs'
import { drive, MEASURES, register, signIn } from './measures.mjs'
import { median } from './numbers.mjs'
import { migrate, start } from './servers.mjs'

const COUNTS = [1000, 1_000_000]
const ROUNDS = 3

/** @param {Awaited<ReturnType<typeof import('./build.mjs').build>>} bundle @param {string} dir @param {{ seconds: number }} options */
export async function measureSize(bundle, dir, { seconds }) {
  const servers = []
  for (const count of COUNTS) {
    const data = join(dir, String(count))
    await migrate(data)
    const first = await start(bundle, data)
    await register(first)
    await first.stop()
    fillPosts(data, count)
    servers.push(await start(bundle, data))
    console.log(`wrote ${count} posts`)
  }
  const rows = []
  for (const measure of MEASURES.filter(({ name }) => name !== 'login')) {
    const results = servers.map(() => [])
    for (let round = 0; round < ROUNDS; round++) {
      for (const [index, server] of servers.entries()) {
        results[index].push(await drive(server, measure, await signIn(server), seconds))
      }
    }
    const row = { request: measure.name }
    for (const [index, count] of COUNTS.entries()) {
      const of = (figure) => median(results[index].map((result) => result[figure]))
      row[`${count} posts, a second`] = of('rate').toFixed(0)
      row[`${count} posts, CPU ms`] = of('cpu').toFixed(3)
    }
    rows.push(row)
  }
  for (const server of servers) await server.stop()
  return rows
}
