/** The error that any module throws for a response that is not a success. */
import { PROBLEMS, type Slug } from './problem-types.ts'

/** One fault of the input: a JSON Pointer into the body or the name of a parameter, and what is wrong. */
export type Fault = { detail: string; pointer: string } | { detail: string; parameter: string }

type ProblemDetails = { detail?: string; errors?: Fault[]; headers?: Record<string, string> }

/** `renderProblem` turns it into a response. */
export class Problem extends Error {
  override name = 'Problem'
  readonly slug: Slug
  readonly details: ProblemDetails

  constructor(slug: Slug, details: ProblemDetails = {}) {
    super(details.detail ?? PROBLEMS[slug].title)
    this.slug = slug
    this.details = details
  }
}

/** `headers` names what the service accepts (RFC 9110 §15.5.16). */
export const unsupportedMediaType = (headers: { Accept: string } | { 'Accept-Encoding': string }) =>
  new Problem('unsupported-media-type', { headers })

export const NO_BODY = { detail: 'A JSON body is required, and the request has none.' }
