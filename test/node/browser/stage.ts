/** The setup of the browser tests: the service, pages of allowed and other origins, and the browser. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startService } from '../../../scripts/service.mjs'
import { copyProject } from '../../support/node/copy.ts'
import { launch } from './chromium.ts'
import { startProxy } from './line.ts'
import { servePages } from './pages.ts'

export type Stage = Awaited<ReturnType<typeof setStage>>

const IN_GUIDE = 'http://127.0.0.1:8787'

export async function setStage(chromium: string) {
  const code = await guideCode()
  const root = await mkdtemp(join(tmpdir(), 'postern-browser-'))
  const script = () => code.replace(IN_GUIDE, proxy.url)
  const [listed, unlisted] = [await servePages(script), await servePages(script)]
  // A copy, because another service that starts in the project rebuilds its assets.
  await copyProject(root, {
    JWT_SECRET: 'a secret for tests, of thirty-two bytes or more',
    ALLOWED_ORIGINS: `http://localhost:${listed.port},http://127.0.0.1:${listed.port}`,
  })
  const service = await startService({ root, dir: join(root, 'data') })
  const proxy = await startProxy(service.url)
  const browser = await launch(chromium)
  return {
    url: service.url,
    proxy,
    listed: listed.port,
    unlisted: unlisted.port,
    browser,
    async clear() {
      await browser.close()
      for (const server of [proxy, listed, unlisted]) server.close()
      await service.kill()
      await rm(root, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}

/** The script in the guide. */
async function guideCode() {
  const guide = await readFile('docs/browsers.md', 'utf8')
  const [, code = ''] = /```js\n(.*?)```/s.exec(guide) ?? []
  if (!code.includes(`'${IN_GUIDE}'`)) throw new Error('docs/browsers.md has no script.')
  return code
}
