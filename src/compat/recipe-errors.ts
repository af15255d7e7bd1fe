/** The errors of the old recipe API: their texts, and how a problem is rendered. */
import type { Context } from 'hono'
import type { ZodError } from 'zod'
import type { AppEnv } from '../http/context.ts'
import { PROBLEMS, type Slug } from '../http/problem-types.ts'
import { Problem } from '../http/problem.ts'

export const TEXTS = {
  missing: (field: string) => `필수 항목이 없거나 잘못되었습니다: ${field}`,
  invalid: (field: string) => `잘못된 값입니다: ${field}`,
  closed: '회원가입을 받지 않습니다.',
  wrongPassword: '이메일 또는 비밀번호가 틀렸습니다.',
  unknownRecipe: '레시피 아이디가 잘못되었습니다.',
  notOwn: '남의 레시피를 수정할수 없습니다.',
  taken: '이미 사용 중인 이메일 또는 이름입니다.',
  /** The text for the first violated rule of a registration. */
  ofRules({ issues }: ZodError): string {
    // The old service checked the password before the name.
    const issue = issues.find(({ path }) => path[0] === 'password') ?? issues[0]
    const field = String(issue?.path[0])
    if (issue?.code === 'invalid_type') return TEXTS.missing(field)
    if (field === 'password' && /characters/.test(issue?.message ?? '')) return '비밀번호의 길이를 확인하세요.'
    if (field === 'password') return '다른 비밀번호를 사용하세요.'
    return TEXTS.invalid(field)
  },
}

/** An error with the body that this API sends for it. */
export class RecipeError extends Problem {
  readonly body: Record<string, unknown>
  readonly status: 400 | 401 | 422

  constructor(body: Record<string, unknown>, status: 400 | 401 | 422 = 400) {
    super('invalid-input')
    this.body = body
    this.status = status
  }
}

export const badRequest = (error: string) => new RecipeError({ error })

const CHALLENGE = { 'WWW-Authenticate': 'Bearer realm="postern"' }

/** Problems with the status 400 in this API. Without a token, a recipe for members is reported as unknown. */
const ERRORS: Partial<Record<Slug, string>> = {
  'invalid-credentials': TEXTS.wrongPassword,
  'not-found': TEXTS.unknownRecipe,
  unauthenticated: TEXTS.unknownRecipe,
  'username-taken': TEXTS.taken,
  'email-taken': TEXTS.taken,
}

export function renderRecipeError(problem: Problem, c: Context<AppEnv>): Response {
  const { slug, details } = problem
  const { status, title } = PROBLEMS[slug]
  if (problem instanceof RecipeError) {
    return c.json(problem.body, problem.status, problem.status === 401 ? CHALLENGE : undefined)
  }
  if (slug === 'invalid-token') return c.json({ msg: 'Token has been revoked' }, 401, CHALLENGE)
  if (slug === 'forbidden') return c.json({ error: TEXTS.notOwn }, 401, CHALLENGE)
  const error = ERRORS[slug]
  return error ? c.json({ error }, 400) : c.json({ error: details.detail ?? title }, status, details.headers)
}
