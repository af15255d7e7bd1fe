/** The error that every module throws for a 4xx or 5xx response. */
import { PROBLEMS, type Slug } from './problem-types.ts'

/** One fault of the input: its description, and a JSON Pointer into the body or the name of a parameter. */
export type Fault = { detail: string; pointer: string } | { detail: string; parameter: string }

type ProblemDetails = { detail?: string; errors?: Fault[]; headers?: Record<string, string> }

/** An error with a problem type. `renderProblem` renders it. */
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

/** 415 with the header that states what the service accepts (RFC 9110 §15.5.16). */
export const unsupportedMediaType = (headers: { Accept: string } | { 'Accept-Encoding': string }) =>
  new Problem('unsupported-media-type', { headers })

export const NO_BODY = { detail: 'A JSON body is required, and the request has none.' }
