// The limits on the size of a result, and of all responses in progress.

import { ResponseError } from './errors.ts'

/** The defaults of sqld in bytes. */
const maxResponseBytes = 10_000_000
const maxTotalBytes = 32_000_000

/** The maximum length of a text or blob in bytes: sqld sets SQLite's limit to half of a response. */
export const maxValueBytes = maxResponseBytes / 2

/** The result of a statement or of a batch is too large. The changes of the statement are kept. */
export class ResponseTooLarge extends ResponseError {
  constructor() {
    super('Response is too large', 'RESPONSE_TOO_LARGE')
  }
}

/** The size of all responses of one server in progress. */
export type Total = { bytes: number }

/** The response of one HTTP request. sqld counts a result until it is built; here it counts until it is sent. */
export class Response {
  readonly #total: Total
  #bytes = 0

  constructor(total: Total) {
    this.#total = total
  }

  /** A counter for one statement or one batch. It is called with the size of each part and throws `ResponseTooLarge`. */
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
