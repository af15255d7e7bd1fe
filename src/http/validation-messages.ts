/** The messages of zod's built-in checks, in the style of the service's own checks. `app.ts` installs them. */
import { z } from 'zod'

type Issue = Parameters<z.core.$ZodErrorMap>[0]

export const installValidationMessages = () => z.config({ customError: validationMessage })

/** One sentence for a zod issue. It never contains the value. */
export function validationMessage(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'Required.' : `Must be ${TYPES[issue.expected] ?? 'of another type'}.`
    case 'invalid_value':
      return `Must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map((value) => `\`${String(value)}\``).join(', ')}.`
    case 'too_small':
      return `Must ${sizeOf(issue.origin)} at least ${issue.minimum}${unitOf(issue.origin)}.`
    case 'too_big':
      return `Must ${sizeOf(issue.origin)} at most ${issue.maximum}${unitOf(issue.origin)}.`
    case 'invalid_format':
      return FORMATS[issue.format] ?? 'Has an invalid format.'
    case 'custom':
    case 'invalid_element':
    case 'invalid_key':
    case 'invalid_union':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      return 'Invalid value.'
  }
}

const TYPES: Record<string, string> = {
  string: 'a string',
  number: 'a number',
  int: 'an integer',
  boolean: 'a boolean',
  array: 'an array',
  object: 'an object',
  null: 'null',
}

const FORMATS: Record<string, string> = {
  datetime: 'Must be a date and time with an offset (RFC 3339).',
}

const sizeOf = (origin: string) => (origin === 'string' || origin === 'array' ? 'have' : 'be')

const unitOf = (origin: string) => ({ string: ' characters', array: ' items' })[origin] ?? ''
