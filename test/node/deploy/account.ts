/** A simulated Cloudflare account of the stand-in for wrangler, and runs of the deployment scripts against it. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { copyProject } from '../../support/node/copy.ts'

const execute = promisify(execFile)

type Worker = { secrets: Record<string, string>; deployments: { tag: string; migrations: string[] }[] }
export type Account = {
  isLoggedIn: boolean
  accounts: { id: string; name: string }[]
  databases: Record<string, { migrations: string[]; peppered: number }>
  workers: Record<string, Worker>
  calls: { argv: string[]; hasInput: boolean }[]
  /** The content of the bundle. */
  code: string
  /** The URL of the deployed service. */
  url: string
  brokenMigrations?: boolean
}
export type Ended = { code: number | null; stdout: string; stderr: string }

/** A new copy of the project, an empty account, and a server on loopback in place of the deployed service. */
export async function makeAccount() {
  const root = await mkdtemp(join(tmpdir(), 'postern-deploy-'))
  await copyProject(root)
  const file = join(root, 'account.json')
  let health = { status: 200, body: '{"status":"ok"}' }
  const server = createServer((_request, response) => response.writeHead(health.status).end(health.body))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const read = async () => JSON.parse(await readFile(file, 'utf8')) as Account
  const change = async (difference: Partial<Account>) =>
    writeFile(file, JSON.stringify({ ...(await read()), ...difference }))
  const clear = async () => {
    health = { status: 200, body: '{"status":"ok"}' }
    const accounts = [{ id: '0123', name: 'Hong' }]
    const empty: Account = { isLoggedIn: true, accounts, databases: {}, workers: {}, calls: [], code: 'one', url }
    await writeFile(file, JSON.stringify(empty))
    await rm(join(root, '.wrangler'), { recursive: true, force: true })
  }
  await clear()

  /** Runs one of the scripts. Does not throw if the script fails. */
  const run = async (script: string, args: string[] = [], env: Record<string, string> = {}): Promise<Ended> => {
    const standin = join(process.cwd(), 'test/node/deploy/standin.mjs')
    const { CLOUDFLARE_ACCOUNT_ID: _, ...inherited } = process.env
    const given = { WRANGLER: standin, STANDIN_ACCOUNT: file, POSTERN_HEALTH_PATIENCE: '300', ...env }
    return execute(process.execPath, [join('scripts/deploy', script), ...args], {
      cwd: root,
      env: { ...inherited, ...given },
    }).then(
      (ended) => ({ code: 0, ...ended }),
      (failed: Ended) => failed,
    )
  }

  return {
    root,
    url,
    read,
    change,
    clear,
    run,
    respondToHealth: (status: number, body: string) => (health = { status, body }),
    async remove() {
      server.close()
      await rm(root, { recursive: true })
    },
  }
}
