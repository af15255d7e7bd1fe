/** What stands at `/`: where everything else is, for people and for programs. */
import { createRoute, z } from '@hono/zod-openapi'
import { html } from 'hono/html'
import { renderPage, htmlContent, prefersHtml } from '../http/html.ts'
import { SERVICE_INFO, jsonResponse, problemResponses } from '../http/openapi.ts'
import { createRouter } from '../http/router.ts'
import { contentTables } from '../store/schema.ts'
import { text } from '../text.ts'

const links = {
  documentation: '/docs',
  openapi: '/openapi.json',
  health: '/health',
  ...Object.fromEntries(Object.keys(contentTables).map((contentType) => [contentType, `/${contentType}`])),
}

const { title: name, version, description } = SERVICE_INFO

const Index = z
  .object({
    name: text(1, 100),
    version: z.string().openapi({ pattern: '^\\d+\\.\\d+\\.\\d+$', maxLength: 20 }),
    description: text(1, 500),
    links: z
      .record(z.string(), z.string().openapi({ format: 'uri-reference', maxLength: 100 }))
      .openapi({ description: 'Paths by what is there.' }),
  })
  .openapi('Index', { example: { name, version, description, links } })

const forPrograms = jsonResponse(Index, 'What this is and where things are; HTML for whoever prefers it.')

export const home = createRouter().openapi(
  createRoute({
    method: 'get',
    path: '/',
    operationId: 'index',
    tags: ['service'],
    summary: 'What this is, and where things are',
    description: 'For whoever has the address and nothing else.',
    security: [],
    responses: {
      200: { ...forPrograms, content: { ...forPrograms.content, ...htmlContent } },
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
  html`<p>${description} The <a href="/docs">documentation</a> has every route, and can be tried there.</p>
    <p>Make an account:</p>
    <pre>
curl ${origin}/users/register \\
  -H 'Content-Type: application/json' \\
  -d '{"username": "홍길동", "email": "hong@example.com", "password": "correct horse battery staple"}'</pre>
    <p>Write a post, with the <code>access_token</code> that this answered:</p>
    <pre>
curl ${origin}/posts \\
  -H "Authorization: Bearer $TOKEN" \\
  -H 'Content-Type: application/json' \\
  -d '{"title": "A gate in a wall", "body": "Small, and well guarded."}'</pre>
    <p>See what is there:</p>
    <pre>curl ${origin}/posts</pre>`
