/** Headless Firefox of Debian over WebDriver BiDi, because playwright-core uses commands that the ESR does not support. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MISSING = 'Firefox is not installed: apt-get update && apt-get install -y firefox-esr'

/** The path of Firefox. Without Firefox the tests are skipped with a message; in CI this throws. */
export function findFirefox(): string | undefined {
  const path = spawnSync('which', ['firefox-esr'], { encoding: 'utf8' }).stdout?.trim()
  if (path) return path
  if (process.env.CI) throw new Error(MISSING)
  process.stderr.write(`The tests in Firefox are skipped. ${MISSING}\n`)
  return undefined
}

type Message = { id?: number; type: string; result?: Record<string, unknown>; error?: string; message?: string }

/** Starts Firefox with a new profile, which its tabs share. */
export async function launchFirefox(executable: string) {
  const profile = await mkdtemp(join(tmpdir(), 'postern-firefox-'))
  const args = ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0']
  const child = spawn(executable, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const address = await new Promise<string>((resolve, reject) => {
    let printed = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      const [, url] = /WebDriver BiDi listening on (ws:\S+)/.exec(printed) ?? []
      if (url) resolve(`${url}/session`)
    })
    child.once('exit', () => reject(new Error(`Firefox did not start:\n${printed}`)))
  })

  const socket = new WebSocket(address)
  const waiting = new Map<number, (response: Message) => void>()
  socket.addEventListener('message', ({ data }) => {
    const response = JSON.parse(String(data)) as Message
    if (response.id !== undefined) waiting.get(response.id)?.(response)
  })
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve)
    socket.addEventListener('error', () => reject(new Error('Firefox refused the connection.')))
  })

  let count = 0
  async function send(method: string, params: object): Promise<Record<string, unknown>> {
    const id = ++count
    const received = new Promise<Message>((resolve) => {
      waiting.set(id, resolve)
    })
    socket.send(JSON.stringify({ id, method, params }))
    const { result, error, message } = await received
    waiting.delete(id)
    if (error !== undefined) throw new Error(`${method}: ${error}: ${message}`)
    return result ?? {}
  }
  await send('session.new', { capabilities: {} })

  return {
    async openTab(url: string) {
      const { context } = await send('browsingContext.create', { type: 'tab' })
      const load = () => send('browsingContext.navigate', { context, url, wait: 'complete' })
      await load()
      return {
        reload: load,
        /** Evaluates an expression in a tab, awaits it and returns its value as JSON. */
        async evaluate(expression: string): Promise<unknown> {
          const code = `(async () => JSON.stringify((await (${expression})) ?? null))()`
          const target = { context }
          const result = await send('script.evaluate', { expression: code, target, awaitPromise: true })
          const {
            type,
            result: value,
            exceptionDetails,
          } = result as {
            type: string
            result?: { value: string }
            exceptionDetails?: { text: string }
          }
          if (type !== 'success') throw new Error(exceptionDetails?.text)
          return JSON.parse(value?.value ?? 'null')
        },
      }
    },
    async close() {
      const ended = new Promise((resolve) => {
        child.once('exit', resolve)
      })
      child.kill()
      await ended
      await rm(profile, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}
