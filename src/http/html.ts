/** HTML pages, for resources that are JSON by default. */
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { accepts } from 'hono/accepts'
import { html } from 'hono/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

/** The HTML representation in the OpenAPI document. */
export const htmlContent = () => ({
  'text/html': { schema: z.string().openapi({ format: 'html', maxLength: 20_000 }) },
})

/** Whether the client prefers HTML to JSON (RFC 9110 §12.5.1). Any other preference gets JSON, never a 406. */
export function prefersHtml(c: Context): boolean {
  c.header('Vary', 'Accept', { append: true })
  const supports = ['application/json', 'text/html']
  return accepts(c, { header: 'Accept', supports, default: 'application/json' }) === 'text/html'
}

/** A page with a title. It loads only a style sheet and a script of the service. */
export function renderPage(
  c: Context,
  title: string,
  content: ReturnType<typeof html>,
  status: ContentfulStatusCode = 200,
) {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title === 'Postern' ? title : `${title} · Postern`}</title>
        <link rel="icon" href="/docs/favicon-32x32.png" />
        <link rel="stylesheet" href="/docs/page.css" />
        <script src="/docs/page.js" defer></script>
      </head>
      <body>
        <header>
          <a href="/">Postern</a>
          <a href="/docs">API reference</a>
          <a href="/docs/guides">Guides</a>
          <a href="/problems">Errors</a>
        </header>
        <main>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html>`
  return c.html(page, status, { 'Content-Security-Policy': CONTENT_SECURITY_POLICY })
}

/** HTML for a text in which backticks enclose code. */
export const inlineCode = (text: string) =>
  text.split('`').map((part, n) => (n % 2 === 1 ? html`<code>${part}</code>` : part))

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')
