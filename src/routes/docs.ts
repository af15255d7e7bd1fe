/** The OpenAPI document, made of the routes once per isolate, and Swagger UI over it, served from here alone. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import { html } from 'hono/html'
import type { AppEnv } from '../http/context.ts'
import { anyOriginCors } from '../http/headers.ts'
import { SERVICE_INFO } from '../http/openapi.ts'
import { Problem } from '../http/problem.ts'

/** Adds the routes of the documentation; what is mounted on `app` before is what the document tells. */
export function addDocs(app: OpenAPIHono<AppEnv>): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'The `access_token` of a sign-in, checked as RFC8725 asks.',
  })
  app.openAPIRegistry.registerComponent('securitySchemes', 'refresh_cookie', {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-refresh',
    description:
      'The refresh token of a sign-in with `"session": "cookie"`: for pages of the origins in `ALLOWED_ORIGINS`.',
  })

  let document: string | undefined
  app.get('/openapi.json', anyOriginCors, (c) => {
    document ??= JSON.stringify(app.getOpenAPI31Document(DESCRIPTION))
    return c.body(document, 200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache' })
  })

  app.get('/docs', (c) => c.html(PAGE, 200, { 'Content-Security-Policy': DOCS_POLICY }))
  app.get('/docs/:file', async (c) => {
    const file = await c.env.ASSETS?.fetch(c.req.raw)
    if (!file || (!file.ok && file.status !== 304)) throw new Problem('not-found')
    const kept = ['Content-Type', 'ETag'].flatMap((name) => {
      const value = file.headers.get(name)
      return value === null ? [] : [[name, value] as const]
    })
    return c.newResponse(file.body, file.status === 304 ? 304 : 200, {
      ...Object.fromEntries(kept),
      'Cache-Control': 'public, max-age=3600',
    })
  })
}

const DESCRIPTION = {
  openapi: '3.1.0',
  info: { ...SERVICE_INFO, license: { name: 'MIT', identifier: 'MIT' } },
  servers: [{ url: '/', description: 'Where this document comes from, local or in production.', 'x-internal': false }],
  tags: [
    { name: 'users', description: 'Accounts from outside: made, signed in to, looked at.' },
    { name: 'me', description: 'The account of the signed-in user.' },
    { name: 'sessions', description: 'Where the user is signed in.' },
    { name: 'posts', description: 'A wall that everybody sees and members open.' },
    { name: 'recipes', description: 'Written as drafts, published for everybody.' },
    { name: 'service', description: 'The service itself.' },
  ],
}

/** Swagger UI has its icons in data: URLs and styles nothing inline. */
const DOCS_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const PAGE = html`<!doctype html>
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>Postern</title>
      <link rel="icon" href="/docs/favicon-32x32.png" />
      <link rel="stylesheet" href="/docs/swagger-ui.css" />
    </head>
    <body>
      <div id="swagger-ui"></div>
      <script src="/docs/swagger-ui-bundle.js"></script>
      <script src="/docs/start.js"></script>
    </body>
  </html>`
