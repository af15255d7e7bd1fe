// The errors of requests, with the messages and codes of sqld.

/** A violation of the protocol. The whole HTTP request fails and its stream is closed. */
export class ProtocolError extends Error {}

/** The failure of one request of a pipeline or of one step of a batch. The stream stays open. */
export class ResponseError extends Error {
  readonly code: string
  constructor(message: string, code: string) {
    super(message)
    this.code = code
  }
}

/** The protocol's `Error` structure. */
export type ErrorBody = { message: string; code: string }

export const errorBody = (error: ResponseError): ErrorBody => ({ message: error.message, code: error.code })

// By SQLite's primary result code. sqld reports only the primary code, and has no name for SQLITE_ERROR (1).
const sqliteCodes: Readonly<Record<number, string>> = {
  2: 'SQLITE_INTERNAL',
  3: 'SQLITE_PERM',
  4: 'SQLITE_ABORT',
  5: 'SQLITE_BUSY',
  6: 'SQLITE_LOCKED',
  7: 'SQLITE_NOMEM',
  8: 'SQLITE_READONLY',
  9: 'SQLITE_INTERRUPT',
  10: 'SQLITE_IOERR',
  11: 'SQLITE_CORRUPT',
  12: 'SQLITE_NOTFOUND',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
  15: 'SQLITE_PROTOCOL',
  17: 'SQLITE_SCHEMA',
  18: 'SQLITE_TOOBIG',
  19: 'SQLITE_CONSTRAINT',
  20: 'SQLITE_MISMATCH',
  21: 'SQLITE_MISUSE',
  22: 'SQLITE_NOLFS',
  23: 'SQLITE_AUTH',
  25: 'SQLITE_RANGE',
  26: 'SQLITE_NOTADB',
}

const parseError = /^near ".*": syntax error$|^incomplete input$|^unrecognized token: /s

// Errors with a position in the text. sqld adds "(at offset N)". The engine does not provide N.
const inputError = /^(no such column|ambiguous column name|no such function|wrong number of arguments|misuse of) ?/

/** SQLite's extended result code. Undefined for another error. */
const rawCode = (error: unknown): number | undefined => {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_SQLITE_ERROR') return undefined
  return 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : undefined
}

/**
 * Whether a wait can help. It cannot for SQLITE_BUSY_SNAPSHOT: the transaction reads a snapshot older than the last commit
 * and can never write.
 */
export const isBusy = (error: unknown): boolean => {
  const code = rawCode(error)
  return code !== undefined && (code & 0xff) === 5 && code !== 517
}

export const isParseError = (error: unknown): boolean =>
  error instanceof Error && rawCode(error) === 1 && parseError.test(error.message)

/** The error of sqld for an error of the engine. Any other error is returned unchanged. */
export const fromEngine = (error: unknown): unknown => {
  const code = rawCode(error)
  if (!(error instanceof Error) || code === undefined) return error
  if (isParseError(error)) {
    return new ResponseError(`SQL string could not be parsed: ${error.message}`, 'SQL_PARSE_ERROR')
  }
  if (code === 1 && inputError.test(error.message)) {
    return new ResponseError(`SQL input error: ${error.message}`, 'SQL_INPUT_ERROR')
  }
  return new ResponseError(`SQLite error: ${error.message}`, sqliteCodes[code & 0xff] ?? 'SQLITE_UNKNOWN')
}
