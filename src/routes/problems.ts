/** The list of problem types, and the resource that the `type` of a problem identifies. */
import { createRoute, z } from '@hono/zod-openapi'
import { html } from 'hono/html'
import { htmlContent, inlineCode, prefersHtml, renderPage } from '../http/html.ts'
import { jsonResponse, problemResponses, requestOf } from '../http/openapi.ts'
import { ErrorStatus, ProblemCode, ProblemTypeUri } from '../http/problem-schema.ts'
import { isSlug, PROBLEMS, type Slug } from '../http/problem-types.ts'
import { Problem } from '../http/problem.ts'
import { createRouter } from '../http/router.ts'
import { lazy } from '../lazy.ts'
import { text } from '../text.ts'

const describeProblem = (slug: Slug) => ({ type: `/problems/${slug}`, code: slug, ...PROBLEMS[slug] })

const ALL = Object.keys(PROBLEMS).filter(isSlug).map(describeProblem)

const ProblemType = lazy(() =>
  z
    .object({
      type: ProblemTypeUri(),
      code: ProblemCode(),
      title: text(1, 100),
      status: ErrorStatus(),
      description: text(1, 500),
      resolution: text(1, 500),
    })
    .openapi('ProblemType', { example: describeProblem('forbidden') }),
)

const ProblemTypes = lazy(() => z.object({ items: z.array(ProblemType()).max(100) }).openapi('ProblemTypes'))

const ProblemSlug = lazy(() =>
  z.strictObject({ slug: z.string().openapi({ example: 'forbidden', pattern: '^[a-z-]+$', maxLength: 50 }) }),
)

const one = jsonResponse(ProblemType, 'The problem type. HTML if the client prefers it.', undefined, htmlContent)
const all = jsonResponse(ProblemTypes, 'The problem types. HTML if the client prefers it.', undefined, htmlContent)

const CACHE = 'public, max-age=3600'

export const problems = createRouter()
  .openapi(
    createRoute({
      method: 'get',
      path: '/',
      operationId: 'listProblems',
      tags: ['service'],
      summary: 'List the problem types',
      description: 'Every `code` that a response can have, with its status, description and resolution.',
      security: [],
      responses: { 200: all, ...problemResponses() },
    }),
    (c) => {
      c.header('Cache-Control', CACHE)
      if (!prefersHtml(c)) return c.json({ items: ALL }, 200)
      return renderPage(c, 'Problem types', table())
    },
  )
  .openapi(
    createRoute({
      method: 'get',
      path: '/{slug}',
      operationId: 'readProblem',
      tags: ['service'],
      summary: 'Read one problem type',
      description: 'The `type` of a problem is the path of this resource.',
      security: [],
      request: requestOf({ params: ProblemSlug }),
      responses: { 200: one, ...problemResponses('not-found') },
    }),
    (c) => {
      const { slug } = c.req.valid('param')
      if (!isSlug(slug)) throw new Problem('not-found')
      c.header('Cache-Control', CACHE)
      if (!prefersHtml(c)) return c.json(describeProblem(slug), 200)
      return renderPage(c, PROBLEMS[slug].title, page(slug))
    },
  )

const page = (slug: Slug) =>
  html`<p><code>${slug}</code>, status ${PROBLEMS[slug].status}</p>
    <p>${inlineCode(PROBLEMS[slug].description)}</p>
    <p>${inlineCode(PROBLEMS[slug].resolution)}</p>
    <p><a href="/problems">All problem types</a> · <a href="/docs">API reference</a></p>`

const table = () =>
  html`<table>
      <thead>
        <tr>
          <th>Status</th>
          <th>Code</th>
          <th>Title</th>
        </tr>
      </thead>
      <tbody>
        ${ALL.map(
          ({ type, code, title, status }) =>
            html`<tr>
              <td>${status}</td>
              <td>
                <a href="${type}"><code>${code}</code></a>
              </td>
              <td>${title}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    <p><a href="/docs">API reference</a></p>`
