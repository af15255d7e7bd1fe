/** What an error means: where the `type` of each problem points. */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { accepts } from 'hono/accepts'
import { html } from 'hono/html'
import type { AppEnv } from '../env.ts'
import { answer, problems as answers } from '../openapi.ts'
import { isSlug, Problem, PROBLEMS } from '../problem.ts'

const Meaning = z
  .object({ type: z.string(), title: z.string(), status: z.int(), remedy: z.string() })
  .openapi('Meaning', { example: { type: '/problems/forbidden', ...PROBLEMS.forbidden } })

const inWords = answer(Meaning, 'What it means, and what to do about it; HTML for whoever prefers it.')

export const problems = new OpenAPIHono<AppEnv>().openapi(
  createRoute({
    method: 'get',
    path: '/{slug}',
    operationId: 'readProblem',
    tags: ['service'],
    summary: 'What an error means',
    security: [],
    request: { params: z.strictObject({ slug: z.string().openapi({ example: 'forbidden' }) }) },
    responses: {
      200: { ...inWords, content: { ...inWords.content, 'text/html': { schema: z.string() } } },
      ...answers('not-found'),
    },
  }),
  (c) => {
    const { slug } = c.req.valid('param')
    if (!isSlug(slug)) throw new Problem('not-found')
    const { status, title, remedy } = PROBLEMS[slug]
    c.header('Cache-Control', 'public, max-age=3600')
    c.header('Vary', 'Accept', { append: true })
    const supports = ['application/json', 'text/html']
    if (accepts(c, { header: 'Accept', supports, default: 'application/json' }) === 'application/json') {
      return c.json({ type: `/problems/${slug}`, title, status, remedy }, 200)
    }
    return c.html(page(slug, status, title, remedy), 200)
  },
)

const page = (slug: string, status: number, title: string, remedy: string) =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
      </head>
      <body>
        <h1>${title}</h1>
        <p><code>${slug}</code>, status ${status}</p>
        <p>${remedy}</p>
        <p><a href="/docs">The documentation</a></p>
      </body>
    </html>`
