/** The response for a path without a route: a page for browsers, a problem for programs. */
import type { Context } from 'hono'
import { html } from 'hono/html'
import type { AppEnv } from '../http/context.ts'
import { prefersHtml, renderPage } from '../http/html.ts'
import { Problem } from '../http/problem.ts'
import { renderProblem } from '../http/render.ts'

export function notFound(c: Context<AppEnv>): Response | Promise<Response> {
  const isNavigation = (c.req.method === 'GET' || c.req.method === 'HEAD') && prefersHtml(c)
  if (!isNavigation) return renderProblem(new Problem('not-found'), c)
  c.header('Cache-Control', 'no-store')
  const content = html`<p>This service has no page at this address.</p>
    <ul>
      <li><a href="/">Start page</a></li>
      <li><a href="/docs">API reference</a></li>
      <li><a href="/docs/guides">Guides</a></li>
    </ul>
    <p>Request id: <code>${c.get('requestId')}</code></p>`
  return renderPage(c, 'Page not found', content, 404)
}
