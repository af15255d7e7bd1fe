/** Structured log lines, and the description of an error without secrets. */
import { DrizzleQueryError } from 'drizzle-orm/errors'

type Level = 'info' | 'warn' | 'error'

/** Writes one line of JSON, so that a value cannot start a new line. */
export function log(level: Level, event: string, fields: Record<string, unknown>): void {
  console[level](JSON.stringify({ level, event, ...fields }))
}

/**
 * An error for the log. The message of a `DrizzleQueryError` contains the statement and its parameters (hashes,
 * addresses), and a stack repeats the message. So only the cause's message and the stack frames are used.
 */
export function describeError(error: unknown) {
  if (!(error instanceof Error)) return { error: typeof error }
  const cause = error instanceof DrizzleQueryError ? error.cause : error
  // A stack begins with the message, and a message can have lines that look like frames.
  const frames = error.stack
    ?.replace(error.message, '')
    .split('\n')
    .filter((line) => line.startsWith('    at '))
  return {
    error: error.name,
    message: cause?.message.slice(0, 300),
    stack: frames?.slice(0, 8).map((line) => line.trim()),
  }
}
