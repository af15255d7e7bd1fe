/** Statements that are built once per isolate: written in Drizzle, sent as SQL text with the values of each call. */
import { Column, is, Param, Placeholder, SQL, sql } from 'drizzle-orm'
import type { BaseSQLiteDatabase } from 'drizzle-orm/sqlite-core'
import { drizzle } from 'drizzle-orm/sqlite-proxy'
import { isRead } from './round-trip.ts'

/** A value or its placeholder, for conditions that are used in queries and in compiled statements. */
export type Bindable<T> = T | Placeholder<string, T>

/** A query builder: the database of a request, or `builder`. */
export type Builder = Pick<BaseSQLiteDatabase<'async', unknown>, 'select' | 'insert' | 'update' | 'delete'>

/** Builds queries and sends none. */
const builder: Builder = drizzle(() =>
  Promise.reject(new Error('Send the statement with the database of the request.')),
)

/** One placeholder for each value that a call passes. */
export type Placeholders<V> = { readonly [Name in keyof V & string]: Placeholder<Name, V[Name]> }

/** A Drizzle query: it resolves to rows of type `R`. */
type Query<R> = PromiseLike<R> & {
  prepare(): { getQuery(): { sql: string; params: unknown[] }; mapAllResult(rows: unknown): unknown }
}

/** A statement with its values. `rows` turns the database's rows, as arrays, into the result. */
export type BoundStatement<R> = {
  readonly sql: string
  readonly params: readonly unknown[]
  readonly isRead: boolean
  readonly rows: (arrays: readonly unknown[]) => R
}

/**
 * A function from values to a statement that can be sent. `build` runs once, at the first call.
 *
 *     const byId = statement((db, { id }: Placeholders<{ id: number }>) =>
 *       db.select().from(posts).where(eq(posts.id, id)))
 *     const [post] = await db.send(byId({ id: 1 }))
 *
 * A value is passed as the database stores it, unless `sql.param(placeholder, column)` encodes it.
 */
export function statement<V extends Record<string, unknown>, R>(
  build: (db: Builder, values: Placeholders<V>) => Query<R>,
): (values: V) => BoundStatement<R> {
  let compiled: (Omit<BoundStatement<R>, 'params'> & { bind: (values: V) => unknown[] }) | undefined
  return function withValues(values) {
    const { bind, ...rest } = (compiled ??= compile(build))
    return { ...rest, params: bind(values) }
  }
}

function compile<V, R>(build: (db: Builder, values: Placeholders<V>) => Query<R>) {
  const prepared = build(builder, placeholders()).prepare()
  const query = prepared.getQuery()
  const binders = query.params.map(binderOf)
  const toObject = flatMapper(prepared)
  return {
    sql: query.sql,
    isRead: isRead(query.sql),
    bind: (values: V) => binders.map((bind) => bind(Object(values))),
    // The same result as that of the query.
    rows: (arrays: readonly unknown[]): R => Object(toObject ? arrays.map(toObject) : prepared.mapAllResult(arrays)),
  }
}

type Decoder = { mapFromDriverValue(value: unknown): unknown }

/**
 * A function from a row to an object. Drizzle's own function looks up the decoder of each value again. Undefined for a
 * query with nested objects or without results. (A prepared query of Drizzle 0.45 has the selection in `fields`, and SQL
 * has its decoder in `decoder`; neither is in the types.)
 */
function flatMapper(prepared: object): ((row: unknown) => object) | undefined {
  if (!('fields' in prepared) || !Array.isArray(prepared.fields)) return undefined
  const columns: { name: string; decoder: Decoder }[] = []
  for (const { path, field } of prepared.fields) {
    if (path.length !== 1) return undefined
    const source = is(field, SQL.Aliased) ? field.sql : field
    columns.push({ name: path[0], decoder: is(source, Column) ? source : Reflect.get(source, 'decoder') })
  }
  return function toObject(row) {
    const values: readonly unknown[] = Object(row)
    const object: Record<string, unknown> = {}
    let index = 0
    for (const { name, decoder } of columns) {
      const value = values[index++]
      object[name] = value === null ? null : decoder.mapFromDriverValue(value)
    }
    return object
  }
}

/** An object in which every name is a placeholder. The type `V` of the values restricts the names. */
const placeholders = <V>() =>
  new Proxy<Placeholders<V>>(Object.create(null), { get: (_, name) => sql.placeholder(String(name)) })

type Binder = (values: Record<string, unknown>) => unknown

/** Binds one parameter: a constant, a value as passed, or a value that its column encodes. */
function binderOf(param: unknown): Binder {
  if (is(param, Placeholder)) return (values) => valueOf(values, param.name)
  if (is(param, Param) && is(param.value, Placeholder)) {
    const { name } = param.value
    return (values) => {
      const value = valueOf(values, name)
      return value === null ? null : param.encoder.mapToDriverValue(value)
    }
  }
  return () => param
}

function valueOf(values: Record<string, unknown>, name: string): unknown {
  const value = values[name]
  if (value === undefined) throw new TypeError(`The statement has no value for ${name}.`)
  return value
}
