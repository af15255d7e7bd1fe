/** The guides in `docs/` as pages, so that users of a deployed service can read them. */
import { Hono } from 'hono'
import { html, raw } from 'hono/html'
import { z } from 'zod'
import type { AppEnv } from '../http/context.ts'
import { renderPage } from '../http/html.ts'
import { Problem } from '../http/problem.ts'
import { lazy } from '../lazy.ts'

const Guides = lazy(() => z.array(z.object({ name: z.string(), title: z.string() })))

const CACHE = 'public, max-age=300'

/** A file that `scripts/assets.mjs` wrote. Throws `not-found` (404). */
async function readAsset(assets: Fetcher | undefined, path: string): Promise<string> {
  const file = await assets?.fetch(`https://assets.invalid/docs/guides/${path}`)
  if (!file?.ok) throw new Problem('not-found')
  return file.text()
}

const readIndex = async (assets: Fetcher | undefined) =>
  Guides().parse(JSON.parse(await readAsset(assets, 'index.json')))

export const guides = new Hono<AppEnv>()
  .get('/', async (c) => {
    const all = await readIndex(c.env.ASSETS)
    c.header('Cache-Control', CACHE)
    const items = all.map(({ name, title }) => html`<li><a href="/docs/guides/${name}">${title}</a></li>`)
    return renderPage(
      c,
      'Guides',
      html`<ul>
        ${items}
      </ul>`,
    )
  })
  .get('/:name', async (c) => {
    const guide = (await readIndex(c.env.ASSETS)).find(({ name }) => name === c.req.param('name'))
    if (!guide) throw new Problem('not-found')
    const content = await readAsset(c.env.ASSETS, guide.name)
    c.header('Cache-Control', CACHE)
    // The build made the HTML from files of this project. Nothing in it comes from a request.
    return renderPage(c, guide.title, html`${raw(content)}`)
  })
