/** The fields of the old recipe service, as its database took them, and the texts of its refusals. */
import type { ZodError } from 'zod'
import { text } from '../text.ts'

const [Title, Description, Directions] = [text(0, 512), text(0, 2_000), text(0, 100_000)]

/** What the old database's INT held. */
const [MIN_INT, MAX_INT] = [-(2 ** 31), 2 ** 31 - 1]

type Recipe = {
  title: string
  description: string | null
  cook_minutes: number | null
  directions: string | null
  servings: number | null
}

/** The recipe in a body, or the first fault. A number may be text of digits, and is rounded. */
export function readRecipe(
  members: ReadonlyMap<string, unknown>,
): { recipe: Recipe; fault?: never } | { recipe?: never; fault: string } {
  const missing = ['name', 'description', 'cook_time', 'directions'].find((name) => members.get(name) === undefined)
  if (missing) return { fault: TEXTS.missing(missing) }
  const [name, description, directions] = ['name', 'description', 'directions'].map((field) =>
    asText(members.get(field)),
  )
  const [cook_minutes, servings] = ['cook_time', 'num_of_servings'].map((field) =>
    asInteger(members.get(field) ?? null),
  )
  if (typeof name !== 'string' || !Title.safeParse(name).success) return { fault: TEXTS.invalid('name') }
  if (description === undefined || !isNullOr(Description, description)) return { fault: TEXTS.invalid('description') }
  if (directions === undefined || !isNullOr(Directions, directions)) return { fault: TEXTS.invalid('directions') }
  if (cook_minutes === undefined) return { fault: TEXTS.invalid('cook_time') }
  if (servings === undefined) return { fault: TEXTS.invalid('num_of_servings') }
  return { recipe: { title: name, description, cook_minutes, directions, servings } }
}

const isNullOr = (schema: typeof Title, value: string | null) => value === null || schema.safeParse(value).success

/** Text, or an integer as text. Undefined for anything else. */
export const asText = (value: unknown): string | null | undefined => {
  if (value === null || typeof value === 'string') return value
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : undefined
}

function asInteger(value: unknown): number | null | undefined {
  if (value === null) return null
  const isNumeric = typeof value === 'number' || (typeof value === 'string' && /^\s*[+-]?\d+(\.\d+)?\s*$/.test(value))
  const rounded = isNumeric ? Math.sign(Number(value)) * Math.round(Math.abs(Number(value))) + 0 : Number.NaN
  return rounded >= MIN_INT && rounded <= MAX_INT ? rounded : undefined
}

export const TEXTS = {
  missing: (field: string) => `필수 항목이 없거나 잘못되었습니다: ${field}`,
  invalid: (field: string) => `잘못된 값입니다: ${field}`,
  closed: '회원가입을 받지 않습니다.',
  wrongPassword: '이메일 또는 비밀번호가 틀렸습니다.',
  unknownRecipe: '레시피 아이디가 잘못되었습니다.',
  notOwn: '남의 레시피를 수정할수 없습니다.',
  taken: '이미 사용 중인 이메일 또는 이름입니다.',
  /** The length of a password has the old text; the other rules are Postern's own. */
  ofRules({ issues }: ZodError): string {
    const [issue] = issues
    const field = String(issue?.path[0])
    if (field === 'password' && /characters/.test(issue?.message ?? '')) return '비밀번호의 길이를 확인하세요.'
    if (field === 'password') return '다른 비밀번호를 사용하세요.'
    return TEXTS.invalid(field)
  },
}
