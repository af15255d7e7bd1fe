// How much memory workerd holds, as Linux tells, and how much of it the Worker's own isolate, as V8 tells.
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'

const MIB = 1024 * 1024

/**
 * The ids of the processes of that name that this one started.
 *
 * @param {string} name
 */
export function childrenNamed(name) {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      const status = pid > 0 ? statusOf(pid) : null
      return status?.Name === name && Number(status.PPid) === process.pid
    })
}

/**
 * What a process has in RAM, in MiB; null where there is no such process.
 *
 * @param {number} pid
 */
export function residentMemory(pid) {
  const status = statusOf(pid)
  return status?.VmRSS ? (Number.parseInt(status.VmRSS, 10) * 1024) / MIB : null
}

/** @returns {Record<string, string> | null} */
function statusOf(pid) {
  try {
    const lines = readFileSync(`/proc/${pid}/status`, 'utf8').trim().split('\n')
    return Object.fromEntries(lines.map((line) => line.split(/:\s+/)))
  } catch {
    // It ended meanwhile.
    return null
  }
}

/**
 * A function that tells what the Worker's isolate uses, in MiB: its objects, and the buffers that they hold.
 *
 * @param {URL} inspector of workerd
 */
export async function openHeap(inspector) {
  const targets = await (await fetch(new URL(`http://${inspector.host}/json`))).json()
  // Its other isolates are those that stand in for D1 and for the assets.
  const { webSocketDebuggerUrl } = targets.find(({ title }) => title.includes('core:user'))
  const socket = new WebSocket(webSocketDebuggerUrl)
  await once(socket, 'open')
  return async function heap() {
    const answered = once(socket, 'message')
    // One question at a time, so the next message is its answer.
    socket.send(JSON.stringify({ id: 1, method: 'Runtime.getHeapUsage' }))
    const [{ data }] = await answered
    const { usedSize, embedderHeapUsedSize, backingStorageSize } = JSON.parse(data).result
    return (usedSize + embedderHeapUsedSize + backingStorageSize) / MIB
  }
}
