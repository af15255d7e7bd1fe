/** Values generated from the JSON Schemas of the document: valid ones and nearly valid ones. */
import type { Schema } from '@cfworker/json-schema'
import * as fc from 'fast-check'
import { address, dateTime, ODD_CHARACTERS, unexpectedValue, unexpectedName, text, type Json } from './odd-values.ts'

const FORMATS: Record<string, fc.Arbitrary<string>> = { 'date-time': dateTime, 'idn-email': address }

/** The default limit of a schema without limits. */
const LONG = 300

const usually = <T>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: rare })

const repeat = (item: fc.Arbitrary<Json>, length: number): fc.Arbitrary<Json> =>
  item.map((one) => Array.from({ length }, () => one))

/** No schema in this document is `true` or `false`. */
const asSchema = (schema: Schema | boolean | Schema[] | undefined): Schema =>
  typeof schema === 'object' && !Array.isArray(schema) ? schema : {}

/** Whether a pattern excludes only U+0000. */
const isLoose = (pattern: RegExp) => ODD_CHARACTERS.every((character) => pattern.test(character))

/** `named` has generators for members that the schema does not describe completely. */
export function generator(components: Record<string, Schema>, named: Record<string, fc.Arbitrary<Json>>) {
  const resolve = (schema: Schema): Schema =>
    schema.$ref === undefined ? schema : resolve(components[schema.$ref.split('/').at(-1) ?? ''] ?? {})

  /** A value that is valid for the schema. Throws for an unsupported schema. */
  function fitting(given: Schema): fc.Arbitrary<Json> {
    const schema = resolve(given)
    const { const: only, enum: members, type, minimum, maximum } = schema
    const choices = schema.anyOf ?? schema.oneOf
    if (only !== undefined) return fc.constant(only)
    if (members) return fc.constantFrom(...members)
    if (choices && type === 'object') return fc.oneof(...choices.map((choice) => fittingObject(merge(schema, choice))))
    if (choices) return fc.oneof(...choices.map(fitting))
    if (Array.isArray(type)) return fc.oneof(...type.map((one) => fitting({ ...schema, type: one })))
    if (type === 'null') return fc.constant(null)
    if (type === 'boolean') return fc.boolean()
    if (type === 'integer') {
      return fc.integer({ min: minimum ?? Number.MIN_SAFE_INTEGER, max: maximum ?? Number.MAX_SAFE_INTEGER })
    }
    if (type === 'string') return fittingText(schema)
    if (type === 'array') return fittingArray(schema)
    if (type === 'object') return fittingObject(schema)
    throw new Error(`no values for the schema ${JSON.stringify(schema)}`)
  }

  function fittingText({ format = '', pattern = '', minLength = 0, maxLength = LONG, example }: Schema) {
    const expression = new RegExp(pattern)
    const made = isLoose(expression)
      ? text(minLength, maxLength)
      : fc.stringMatching(expression).filter(({ length }) => length >= minLength && length <= maxLength)
    const some: fc.Arbitrary<Json> = FORMATS[format] ?? made
    return example === undefined ? some : usually(some, fc.constant<Json>(example))
  }

  function fittingArray({ items, minItems = 0, maxItems = LONG }: Schema): fc.Arbitrary<Json> {
    const item = fitting(asSchema(items))
    const some = fc.array(item, { minLength: minItems, maxLength: Math.min(maxItems, minItems + 4) })
    return usually<Json>(some, repeat(item, maxItems))
  }

  function fittingObject({ properties = {}, required = [] }: Schema): fc.Arbitrary<Record<string, Json>> {
    const members = Object.entries(properties).map(([name, schema]) => [name, valueOf(name, asSchema(schema))] as const)
    return fc.record(Object.fromEntries(members), { requiredKeys: required })
  }

  /** A member that must be null is null, even if `named` has a generator for it. */
  const valueOf = (name: string, schema: Schema) =>
    schema.type === 'null' ? fc.constant<Json>(null) : (named[name] ?? fitting(schema))

  /** An object schema with one of its alternatives, which narrows its members and requires some of them. */
  function merge(schema: Schema, choice: Schema): Schema {
    const narrowed = Object.entries(choice.properties ?? {}).map(
      ([name, one]) => [name, { ...asSchema(schema.properties?.[name]), ...asSchema(one) }] as const,
    )
    return {
      properties: { ...schema.properties, ...Object.fromEntries(narrowed) },
      required: [...(schema.required ?? []), ...(choice.required ?? [])],
    }
  }

  /** A value with one fault, or of another type. By chance it can be valid. */
  function nearly(given: Schema): fc.Arbitrary<Json> {
    const schema = resolve(given)
    const choices = schema.type === 'object' ? undefined : (schema.anyOf ?? schema.oneOf)
    return choices ? fc.oneof(...choices.map(nearly)) : fc.oneof(unexpectedValue, ...breaks(schema))
  }

  function breaks(schema: Schema): fc.Arbitrary<Json>[] {
    const { type, minimum = 0, maximum = 0, minLength = 0, maxLength = LONG, maxItems = LONG } = schema
    const items = asSchema(schema.items)
    return [type].flat().flatMap((one): fc.Arbitrary<Json>[] => {
      if (one === 'integer') return [fc.constantFrom<Json>(minimum - 1, maximum + 1, minimum + 0.5, String(minimum))]
      if (one === 'array') return [repeat(fitting(items), maxItems + 1), fc.tuple(fitting(items), nearly(items))]
      if (one === 'object') return breaksOfObject(schema)
      if (one !== 'string') return []
      const tooLong = fc.constantFrom('x', '\u{1d4b3}', '\u0301').map((unit) => unit.repeat(maxLength + 1))
      return [tooLong, fc.constant('x'.repeat(Math.max(0, minLength - 1)))]
    })
  }

  /** An object with an extra, a missing or an invalid member. */
  function breaksOfObject(schema: Schema): fc.Arbitrary<Json>[] {
    const whole = fitting(schema) as fc.Arbitrary<Record<string, Json>>
    const changed = (name: fc.Arbitrary<string>, value: fc.Arbitrary<Json>) =>
      fc
        .tuple(whole, name, value)
        .map(([base, key, member]) => Object.fromEntries([...Object.entries(base), [key, member]]))
    const reduced = fc
      .tuple(whole, fc.nat())
      .map(([base, place]) =>
        Object.fromEntries(Object.entries(base).filter((_, index, { length }) => index !== place % length)),
      )
    const changes = Object.entries(schema.properties ?? {}).map(([name, one]) =>
      changed(fc.constant(name), nearly(asSchema(one))),
    )
    return [changed(unexpectedName, unexpectedValue), reduced, ...changes]
  }

  return { fitting, nearly }
}
