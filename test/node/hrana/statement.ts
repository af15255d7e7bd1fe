// `execute`: one statement with its arguments, and its result.

import type { Connection } from './connection.ts'
import { ProtocolError, ResponseError } from './errors.ts'
import type { Stmt } from './proto.ts'
import { parseSql } from './sql.ts'
import type { Statement } from './sql.ts'
import { fromEngineValue, toEngine } from './value.ts'
import type { EngineValue, Value } from './value.ts'

export type Sqls = ReadonlyMap<number, string>

export type StmtResult = {
  cols: { name: string; decltype: string | null }[]
  rows: Value[][]
  affected_row_count: number
  last_insert_rowid: string | null
}

/** A request's `Stmt` with the statement that its text was found to be. */
export type Query = { statement: Statement; stmt: Stmt }

type SqlRef = { sql?: string | null | undefined; sql_id?: number | null | undefined }

export const sqlOf = (ref: SqlRef, sqls: Sqls): string => {
  const { sql, sql_id: sqlId } = ref
  if (typeof sql === 'string') {
    if (typeof sqlId === 'number') throw new ProtocolError('Either `sql` or `sql_id` are required, but not both')
    return sql
  }
  if (typeof sqlId !== 'number') throw new ProtocolError('Either `sql` or `sql_id` are required')
  const stored = sqls.get(sqlId)
  if (stored === undefined) throw new ProtocolError(`SQL text ${sqlId} not found`)
  return stored
}

const argsInvalid = (reason: string): ResponseError =>
  new ResponseError(`Arguments do not match SQL parameters: ${reason}`, 'ARGS_INVALID')

/** The values of a statement's parameters by index; the engine itself would take a missing argument for a NULL. */
const bindArgs = ({ statement, stmt }: Query): EngineValue[] => {
  const { parameters, verb } = statement
  const named = new Map(stmt.named_args.map(({ name, value }) => [name, value]))
  const given = stmt.args.length + named.size
  if (given > parameters.length) {
    throw argsInvalid(`too many parameters, expected ${parameters.length} found ${given}`)
  }
  return parameters.map((name, index) => {
    const isPositional = name === undefined || name.startsWith('?')
    const value = isPositional ? stmt.args[index] : (named.get(name) ?? named.get(name.slice(1)))
    if (value !== undefined) return toEngine(value)
    if (verb === 'explain') return null
    throw argsInvalid(`value for parameter ${name ?? index + 1} not found`)
  })
}

export const toQuery = (stmt: Stmt, sqls: Sqls): Query => {
  const [statement, ...others] = parseSql(sqlOf(stmt, sqls))
  if (statement === undefined) {
    throw new ResponseError('SQL string does not contain any statement', 'SQL_NO_STATEMENT')
  }
  if (others.length > 0) {
    throw new ResponseError('SQL string contains more than one statement', 'SQL_MANY_STATEMENTS')
  }
  if (stmt.args.length > 0 && stmt.named_args.length > 0) {
    const message = 'Specifying both positional and named arguments is not supported'
    throw new ResponseError(message, 'ARGS_BOTH_POSITIONAL_AND_NAMED')
  }
  return { statement, stmt }
}

const isInsert = (verb: string): boolean => verb === 'insert' || verb === 'replace'
const isChange = (verb: string): boolean => isInsert(verb) || verb === 'update' || verb === 'delete'

const rowValues = (row: unknown): Value[] => {
  if (!Array.isArray(row)) throw new TypeError('the engine returned a row that is no array')
  return row.map(fromEngineValue)
}

export const execute = async (connection: Connection, query: Query, signal: AbortSignal): Promise<StmtResult> => {
  const { statement, stmt } = query
  const outcome = await connection.run(statement, bindArgs(query), signal)
  return {
    cols: outcome.columns.map(({ name, type }) => ({ name, decltype: type })),
    rows: (stmt.want_rows ?? true) ? outcome.rows.map(rowValues) : [],
    // the engine's counters keep the values of the last change when a statement changes nothing by its nature
    affected_row_count: isChange(statement.verb) ? Number(outcome.changes) : 0,
    last_insert_rowid: isInsert(statement.verb) ? String(outcome.lastInsertRowid) : null,
  }
}
