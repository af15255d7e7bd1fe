/** Small pages for people, beside the JSON for programs. */
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { accepts } from 'hono/accepts'
import { html } from 'hono/html'

/** What the document says of a page. */
export const htmlContent = { 'text/html': { schema: z.string().openapi({ format: 'html', maxLength: 10_000 }) } }

/** Whether the client would rather have a page than JSON (RFC 9110 §12.5.1). What it cannot have is never refused. */
export function prefersHtml(c: Context): boolean {
  c.header('Vary', 'Accept', { append: true })
  const supports = ['application/json', 'text/html']
  return accepts(c, { header: 'Accept', supports, default: 'application/json' }) === 'text/html'
}

/** A page with a title; it loads one style sheet and nothing else. */
export function renderPage(c: Context, title: string, content: ReturnType<typeof html>) {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <link rel="icon" href="/docs/favicon-32x32.png" />
        <link rel="stylesheet" href="/docs/page.css" />
      </head>
      <body>
        <h1>${title}</h1>
        ${content}
      </body>
    </html>`
  return c.html(page, 200, { 'Content-Security-Policy': CONTENT_SECURITY_POLICY })
}

/** Text in which what stands between backticks is code. */
export const inlineCode = (text: string) =>
  text.split('`').map((part, n) => (n % 2 === 1 ? html`<code>${part}</code>` : part))

const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
