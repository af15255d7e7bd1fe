// The two limits on the size of responses: one result's, and that of all responses under way together.

import { ResponseError } from './errors.ts'

/** sqld's own defaults, in bytes. */
const maxResponseBytes = 10_000_000
const maxTotalBytes = 32_000_000

/** The longest text or blob, in bytes: sqld sets SQLite's limit to half of a response. */
export const maxValueBytes = maxResponseBytes / 2

/** The result of a statement, or of a whole batch, does not fit. What the statement changed stays changed. */
export class ResponseTooLarge extends ResponseError {
  constructor() {
    super('Response is too large', 'RESPONSE_TOO_LARGE')
  }
}

/** What all responses of one server hold at the moment. */
export type Total = { bytes: number }

/** The response of one HTTP request. sqld counts a result until it is built; here it counts until it is sent. */
export class Response {
  readonly #total: Total
  #bytes = 0

  constructor(total: Total) {
    this.#total = total
  }

  /** An allowance for one statement or one batch: called with the size of each part, throws `ResponseTooLarge`. */
  allow(): (bytes: number) => void {
    let used = 0
    return (bytes) => {
      used += bytes
      if (used > maxResponseBytes || this.#total.bytes + bytes > maxTotalBytes) throw new ResponseTooLarge()
      this.#bytes += bytes
      this.#total.bytes += bytes
    }
  }

  sent(): void {
    this.#total.bytes -= this.#bytes
    this.#bytes = 0
  }
}
