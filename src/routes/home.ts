/** The index at `/`: what the service is and where its resources are, as JSON or as a page. */
import { createRoute, z } from '@hono/zod-openapi'
import { html } from 'hono/html'
import { renderPage, htmlContent, prefersHtml } from '../http/html.ts'
import { SERVICE_INFO, jsonResponse, problemResponses } from '../http/openapi.ts'
import { createRouter } from '../http/router.ts'
import { lazy } from '../lazy.ts'
import { contentTables } from '../store/schema.ts'
import { text } from '../text.ts'

const links = {
  documentation: '/docs',
  guides: '/docs/guides',
  openapi: '/openapi.json',
  problems: '/problems',
  health: '/health',
  ...Object.fromEntries(Object.keys(contentTables).map((contentType) => [contentType, `/${contentType}`])),
}

const { title: name, version, description } = SERVICE_INFO

const Index = lazy(() =>
  z
    .object({
      name: text(1, 100),
      version: z.string().openapi({ pattern: '^\\d+\\.\\d+\\.\\d+$', maxLength: 20 }),
      description: text(1, 500),
      links: z
        .record(z.string(), z.string().openapi({ format: 'uri-reference', maxLength: 100 }))
        .openapi({ description: 'Paths by name.' }),
    })
    .openapi('Index', { example: { name, version, description, links } }),
)

export const home = createRouter().openapi(
  createRoute({
    method: 'get',
    path: '/',
    operationId: 'index',
    tags: ['service'],
    summary: 'Read the index of the service',
    description: 'The name, the version and the paths of the service.',
    security: [],
    responses: {
      200: jsonResponse(Index, 'The index. HTML if the client prefers it.', undefined, htmlContent),
      ...problemResponses(),
    },
  }),
  (c) => {
    c.header('Cache-Control', 'no-cache')
    if (!prefersHtml(c)) return c.json({ name, version, description, links }, 200)
    return renderPage(c, name, content(new URL(c.req.url).origin))
  },
)

const content = (origin: string) =>
  html`<p>${description}</p>
    <ul>
      <li><a href="/docs">API reference</a>: every route, to try in the browser</li>
      <li><a href="/docs/guides">Guides</a>: authentication, content and search, errors, browsers</li>
      <li><a href="/openapi.json">OpenAPI document</a>: for code generators</li>
      <li><a href="/problems">Problem types</a>: what each error means</li>
    </ul>
    <h2>Register</h2>
    <pre>
curl ${origin}/users/register -H 'Content-Type: application/json' -d '{"username": "alice", "email": "alice@example.com", "password": "correct horse battery staple"}'</pre>
    <h2>Write a post</h2>
    <p>Use the <code>access_token</code> of the response:</p>
    <pre>
curl ${origin}/posts -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{"title": "Hello", "body": "My first post."}'</pre>
    <h2>List the posts</h2>
    <pre>curl ${origin}/posts</pre>`
