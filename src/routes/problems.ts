/** What an error means: where the `type` of each problem points. */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { html } from 'hono/html'
import type { AppEnv } from '../env.ts'
import { answer, problems as answers } from '../openapi.ts'
import { isSlug, PROBLEMS } from '../problem-types.ts'
import { ErrorStatus, Problem, ProblemType } from '../problem.ts'
import { text } from '../text.ts'
import { answerPage, inHtml, prefersPage, withCode } from './html.ts'

const Meaning = z
  .object({ type: ProblemType, title: text(1, 100), status: ErrorStatus, meaning: text(1, 500), remedy: text(1, 500) })
  .openapi('Meaning', { example: { type: '/problems/forbidden', ...PROBLEMS.forbidden } })

const inWords = answer(Meaning, 'What it means, and what to do about it; HTML for whoever prefers it.')

export const problems = new OpenAPIHono<AppEnv>().openapi(
  createRoute({
    method: 'get',
    path: '/{slug}',
    operationId: 'readProblem',
    tags: ['service'],
    summary: 'What an error means',
    description: 'Where the `type` of an error leads.',
    security: [],
    request: {
      params: z.strictObject({
        slug: z.string().openapi({ example: 'forbidden', pattern: '^[a-z-]+$', maxLength: 50 }),
      }),
    },
    responses: {
      200: {
        ...inWords,
        content: { ...inWords.content, ...inHtml },
      },
      ...answers('not-found'),
    },
  }),
  (c) => {
    const { slug } = c.req.valid('param')
    if (!isSlug(slug)) throw new Problem('not-found')
    const { status, title, meaning, remedy } = PROBLEMS[slug]
    c.header('Cache-Control', 'public, max-age=3600')
    if (!prefersPage(c)) return c.json({ type: `/problems/${slug}`, title, status, meaning, remedy }, 200)
    return answerPage(
      c,
      title,
      html`<p><code>${slug}</code>, status ${status}</p>
        <p>${withCode(meaning)}</p>
        <p>${withCode(remedy)}</p>
        <p><a href="/docs">The documentation</a></p>`,
    )
  },
)
