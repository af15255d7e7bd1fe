/** The OpenAPI document, built from the routes once per isolate, and Swagger UI, whose files the Worker serves. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import { html } from 'hono/html'
import { serveAsset } from '../http/assets.ts'
import type { AppEnv } from '../http/context.ts'
import { anyOriginCors } from '../http/headers.ts'
import { DOCUMENT_CONFIG } from './document.ts'
import { guides } from './guides.ts'

/**
 * Adds the documentation of the routes that are already mounted on `app`. `register` registers further paths before the
 * document is built.
 */
export function addDocs(
  app: OpenAPIHono<AppEnv>,
  tags: { name: string; description: string }[] = [],
  register?: () => void,
): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'Paste the `access_token` of a sign-in. Access tokens are validated as RFC8725 requires.',
  })
  app.openAPIRegistry.registerComponent('securitySchemes', 'refresh_cookie', {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-refresh',
    description:
      'The refresh token of a sign-in with `"session": "cookie"`. Only pages of the origins in `ALLOWED_ORIGINS` can use it.',
  })

  let document: string | undefined
  const build = () => {
    register?.()
    return JSON.stringify(app.getOpenAPI31Document({ ...DOCUMENT_CONFIG, tags: [...DOCUMENT_CONFIG.tags, ...tags] }))
  }
  app.get('/openapi.json', anyOriginCors, (c) => {
    document ??= build()
    return c.body(document, 200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache' })
  })

  app.get('/docs', (c) => c.html(PAGE, 200, { 'Content-Security-Policy': CONTENT_SECURITY_POLICY }))
  app.route('/docs/guides', guides)
  app.get('/docs/:file', serveAsset)
}

/** Swagger UI has icons in `data:` URLs and no inline styles. */
const CONTENT_SECURITY_POLICY = [
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
      <meta name="color-scheme" content="light dark" />
      <title>API reference · Postern</title>
      <link rel="icon" href="/docs/favicon-32x32.png" />
      <link rel="stylesheet" href="/docs/swagger-ui.css" />
      <link rel="stylesheet" href="/docs/swagger.css" />
    </head>
    <body>
      <div id="swagger-ui"></div>
      <script src="/docs/swagger-ui-bundle.js"></script>
      <script src="/docs/swagger.js"></script>
    </body>
  </html>`
