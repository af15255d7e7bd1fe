/** The setup of the tests of the example app: the service with a mailbox, the built app on another origin, and a browser. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { startService } from '../../../scripts/service.mjs'
import { copyProject } from '../../support/node/copy.ts'
import { launch } from '../browser/chromium.ts'

export type Stage = Awaited<ReturnType<typeof setStage>>

type Mail = { to: string; subject: string; text: string }

async function listen(response: RequestListener) {
  const server = createServer(response)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { server, port: (server.address() as AddressInfo).port }
}

export async function setStage(chromium: string) {
  const root = await mkdtemp(join(tmpdir(), 'postern-example-'))
  const mails: Mail[] = []
  async function receive(request: IncomingMessage, response: ServerResponse) {
    mails.push((JSON.parse(await text(request)) as { data: Mail }).data)
    response.end()
  }
  const mailbox = await listen((request, response) => void receive(request, response))
  const apps: Server[] = []
  const directories = { cookie: join(root, 'cookie'), token: join(root, 'token') }
  const serve = async (directory: string) => {
    const { server, port } = await listen((request, response) => void sendFile(directory, request.url ?? '/', response))
    apps.push(server)
    return `http://localhost:${port}`
  }
  const origins = { cookie: await serve(directories.cookie), token: await serve(directories.token) }

  const copy = join(root, 'copy')
  await copyProject(copy, {
    JWT_SECRET: 'a secret for tests, of thirty-two bytes or more',
    ALLOWED_ORIGINS: Object.values(origins).join(','),
    MAIL_FROM: 'Board <board@example.com>',
    APP_URL: origins.cookie,
    MAIL_WEBHOOK_URL: `http://127.0.0.1:${mailbox.port}`,
    MAIL_WEBHOOK_SECRET: `whsec_${Buffer.from('a secret of twenty-four bytes').toString('base64')}`,
  })
  const service = await startService({ root: copy, dir: join(root, 'data') })
  for (const session of ['cookie', 'token'] as const) await buildApp(directories[session], service.url, session)
  const browser = await launch(chromium)

  return {
    service: service.url,
    origins,
    directories,
    browser,
    async makeOperator(username: string) {
      const args = ['scripts/operator.mjs', 'add', username, '--persist-to', join(root, 'data')]
      await promisify(execFile)(process.execPath, args, { cwd: copy })
    },
    /** The link in the newest mail to an address. */
    async linkTo(address: string) {
      for (let step = 0; step < 100; step++) {
        const mail = mails.findLast(({ to }) => to === address)
        const [link] = /http\S+/.exec(mail?.text ?? '') ?? []
        if (link) {
          mails.length = 0
          return link
        }
        await new Promise((done) => setTimeout(done, 100))
      }
      throw new Error(`No mail to ${address} arrived.`)
    },
    async clear() {
      await browser.close()
      for (const server of [mailbox.server, ...apps]) {
        server.close()
        server.closeAllConnections()
      }
      await service.kill()
      await rm(root, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}

/** Builds the app in a separate process, because vitest sets `NODE_ENV=test`, which selects the development build of React. */
async function buildApp(outDir: string, url: string, session: 'cookie' | 'token') {
  const env = { ...process.env, NODE_ENV: 'production', VITE_POSTERN_URL: url, VITE_POSTERN_SESSION: session }
  const args = [resolve('node_modules/vite/bin/vite.js'), 'build', '--outDir', outDir, '--emptyOutDir']
  await promisify(execFile)(process.execPath, args, { cwd: resolve('examples/board'), env })
}

const TYPES: Record<string, string> = { js: 'text/javascript', css: 'text/css', html: 'text/html; charset=utf-8' }

/** Serves the files of the app. All other paths return its index. */
async function sendFile(directory: string, url: string, response: ServerResponse) {
  const { pathname } = new URL(url, 'http://localhost')
  const file = pathname.startsWith('/assets/') ? pathname : '/index.html'
  try {
    const content = await readFile(join(directory, file))
    response.setHeader('Content-Type', TYPES[file.split('.').at(-1) ?? ''] ?? 'text/plain').end(content)
  } catch {
    response.writeHead(404).end()
  }
}
