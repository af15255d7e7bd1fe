// `batch` and `sequence`: several statements, one after another on one connection.

import type { Connection } from './connection.ts'
import { errorBody, ProtocolError, ResponseError } from './errors.ts'
import type { ErrorBody } from './errors.ts'
import { ResponseTooLarge } from './limits.ts'
import type { Response } from './limits.ts'
import type { Batch, BatchCond, Version } from './proto.ts'
import { parseSql } from './sql.ts'
import { execute, toQuery } from './statement.ts'
import type { Sqls, StmtResult } from './statement.ts'

export type BatchResult = { step_results: (StmtResult | null)[]; step_errors: (ErrorBody | null)[] }

/** Validates a condition: it can refer only to earlier steps, and `is_autocommit` requires version 3. */
const checkCond = (cond: BatchCond, stepCount: number, version: Version): void => {
  switch (cond.type) {
    case 'ok':
    case 'error':
      if (cond.step >= stepCount) throw new ProtocolError('Invalid reference to step in a batch condition')
      return
    case 'not':
      return checkCond(cond.cond, stepCount, version)
    case 'and':
    case 'or':
      return cond.conds.forEach((inner) => checkCond(inner, stepCount, version))
    case 'is_autocommit':
      if (version >= 3) return
      throw new ProtocolError(
        'BatchCond of type `is_autocommit` is only supported in protocol version hrana3 and higher',
      )
  }
}

/** A skipped step is neither ok nor an error, as the protocol specifies. sqld treats it as an error. */
const evaluate = (cond: BatchCond, result: BatchResult, connection: Connection): boolean => {
  switch (cond.type) {
    case 'ok':
      return result.step_results[cond.step] !== null
    case 'error':
      return result.step_errors[cond.step] !== null
    case 'not':
      return !evaluate(cond.cond, result, connection)
    case 'and':
      return cond.conds.every((inner) => evaluate(inner, result, connection))
    case 'or':
      return cond.conds.some((inner) => evaluate(inner, result, connection))
    case 'is_autocommit':
      return connection.isAutocommit
  }
}

export const executeBatch = async (
  connection: Connection,
  batch: Batch,
  sqls: Sqls,
  version: Version,
  signal: AbortSignal,
  response: Response,
): Promise<BatchResult> => {
  // sqld parses the whole batch before it runs a step: a parse error fails the batch and not the step
  const steps = batch.steps.map(({ condition, stmt }, index) => {
    if (condition) checkCond(condition, index, version)
    const query = toQuery(stmt, sqls)
    connection.checkSyntax(query.statement.sql)
    return { condition, query }
  })
  // one limit for all steps: a batch whose result is too large fails as a whole
  const allow = response.allow()
  const result: BatchResult = { step_results: [], step_errors: [] }
  for (const { condition, query } of steps) {
    let stepResult: StmtResult | null = null
    let stepError: ErrorBody | null = null
    if (!condition || evaluate(condition, result, connection)) {
      try {
        stepResult = await execute(connection, query, signal, allow)
      } catch (error) {
        if (!(error instanceof ResponseError) || error instanceof ResponseTooLarge) throw error
        stepError = errorBody(error)
      }
    }
    result.step_results.push(stepResult)
    result.step_errors.push(stepError)
  }
  return result
}

export const executeSequence = async (connection: Connection, sql: string, signal: AbortSignal): Promise<void> => {
  const statements = parseSql(sql)
  for (const statement of statements) connection.checkSyntax(statement.sql)
  for (const statement of statements) {
    // the results of a sequence are ignored
    await execute(connection, { statement, stmt: { args: [], named_args: [], want_rows: false } }, signal, () => {})
  }
}
