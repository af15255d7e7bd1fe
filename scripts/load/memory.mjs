// Reads the memory of workerd from Linux, and the heap of the Worker's isolate from V8.
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'

const MIB = 1024 * 1024

/**
 * The ids of the child processes with a name.
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
 * The resident memory of a process in MiB. Null if the process does not exist.
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
    // The process has ended.
    return null
  }
}

/**
 * A function that resolves to the memory of the Worker's isolate in MiB: its objects and their buffers.
 *
 * @param {URL} inspector of workerd
 */
export async function openHeap(inspector) {
  const targets = await (await fetch(new URL(`http://${inspector.host}/json`))).json()
  // The other isolates simulate D1 and the assets.
  const { webSocketDebuggerUrl } = targets.find(({ title }) => title.includes('core:user'))
  const socket = new WebSocket(webSocketDebuggerUrl)
  await once(socket, 'open')
  return async function heap() {
    const received = once(socket, 'message')
    // One request at a time, so the next message is its response.
    socket.send(JSON.stringify({ id: 1, method: 'Runtime.getHeapUsage' }))
    const [{ data }] = await received
    const { usedSize, embedderHeapUsedSize, backingStorageSize } = JSON.parse(data).result
    return (usedSize + embedderHeapUsedSize + backingStorageSize) / MIB
  }
}
