// The mutants of a source: each has one small change.
import { parseAst } from 'vitest/node'
import { EQUIVALENT } from './equivalent.mjs'

/** All mutants of a source in the order of its lines: `{ file, line, before, after, text, why }`. Equivalent ones have `why`. */
export function mutantsOf(file, source) {
  const found = new Map()
  // One entry for each mutant.
  const equivalent = (EQUIVALENT[file] ?? []).flatMap((entry) => entry.after.map((after) => ({ ...entry, after })))
  const unused = new Set(equivalent)
  visit(parseAst(source, { lang: 'ts' }), {}, (node, after) => {
    const before = source.slice(node.start, node.end)
    if (after === before) return
    const line = source.slice(0, node.start).split('\n').length
    // On the first line, so that line numbers do not change.
    const drizzle = after.includes('drizzle.') ? `import * as drizzle from 'drizzle-orm';` : ''
    const text = drizzle + source.slice(0, node.start) + after + source.slice(node.end)
    const lineText = source.split('\n')[line - 1]
    const entry = equivalent.find(
      (one) => one.before === before && one.after === after && lineText.includes(one.within ?? ''),
    )
    if (entry) unused.delete(entry)
    found.set(text, { file, line, before, after, text, why: entry?.why })
  })
  const mutants = [...found.values()].toSorted((a, b) => a.line - b.line)
  for (const { before, after } of unused)
    throw new Error(`EQUIVALENT has a mutant that ${file} no longer has: ${before} -> ${after}`)
  return mutants

  function visit(node, context, replace) {
    mutate(node, context, source, replace)
    for (const [key, child] of Object.entries(node)) {
      if (key === 'typeAnnotation' || key === 'typeArguments' || key === 'typeParameters' || key === 'returnType')
        continue
      for (const inner of Array.isArray(child) ? child : [child]) {
        if (typeof inner?.type !== 'string' || isTypeOnly(inner)) continue
        // `owner` is the function that a `return` leaves.
        const owner = /Function/.test(node.type) ? node : context.owner
        visit(inner, { parent: node, key, owner }, replace)
      }
    }
  }
}

const isTypeOnly = ({ type }) =>
  type === 'ImportDeclaration' || (type.startsWith('TS') && !/^TS(As|Satisfies|NonNull)Expression$/.test(type))

const SWAPPED = {
  '===': ['!=='],
  '!==': ['==='],
  '<': ['<='],
  '<=': ['<'],
  '>': ['>='],
  '>=': ['>'],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '&&': ['||'],
  '||': ['&&'],
  '??': ['&&'],
}
const SWAPPED_CALLS = {
  and: ['or'],
  or: ['and'],
  eq: ['ne'],
  ne: ['eq'],
  gt: ['gte', 'lt'],
  gte: ['gt', 'lte'],
  lt: ['lte', 'gt'],
  lte: ['lt', 'gte'],
  exists: ['notExists'],
  desc: ['asc'],
}
const EQUALITY = new Set(['===', '!=='])
const COMPARISONS = new Set([...EQUALITY, '<', '<=', '>', '>='])

/** The mutants of one node, through `replace(node, text)`. */
function mutate(node, { parent, key, owner }, source, replace) {
  const textOf = ({ start, end }) => source.slice(start, end)
  const isNegation = node.type === 'UnaryExpression' && node.operator === '!'

  if (key === 'test' && parent.type !== 'SwitchCase') {
    // An endless loop would only reach the time limit, so loops are mutated to `false` only.
    if (!parent.type.endsWith('Statement') || parent.type === 'IfStatement') replace(node, 'true')
    replace(node, 'false')
    // The negation of these operators is made below.
    if (!isNegation && !EQUALITY.has(node.operator)) replace(node, `!(${textOf(node)})`)
  }
  if (parent?.operator === '&&') replace(node, 'true')
  if (parent?.operator === '||') replace(node, 'false')
  if (key === 'argument' && parent.type === 'ReturnStatement') replaceReturned()
  if (key === 'body' && parent.type === 'ArrowFunctionExpression' && node.type !== 'BlockStatement') replaceReturned()

  switch (node.type) {
    case 'BinaryExpression':
    case 'LogicalExpression':
      for (const operator of SWAPPED[node.operator] ?? []) {
        replace(node, `((${textOf(node.left)}) ${operator} (${textOf(node.right)}))`)
      }
      break
    case 'UnaryExpression':
      if (isNegation) replace(node, textOf(node.argument))
      break
    case 'ExpressionStatement': {
      const { expression } = node
      const call = expression.type === 'AwaitExpression' ? expression.argument : expression
      if (call.type === 'CallExpression') replace(node, ';')
      break
    }
    case 'ThrowStatement':
      replace(node, ';')
      break
    case 'CallExpression':
      for (const name of SWAPPED_CALLS[node.callee.name] ?? []) replace(node.callee, `drizzle.${name}`)
      if (node.callee.name === 'and' || node.callee.name === 'or') {
        for (const dropped of node.arguments) {
          const kept = node.arguments.filter((argument) => argument !== dropped)
          replace(node, `${node.callee.name}(${kept.map(textOf).join(', ')})`)
        }
      }
      break
    case 'TemplateLiteral':
      replace(node, '``')
      if (parent.tag?.name !== 'sql') break
      for (const { start, end } of node.quasis) {
        for (const changed of sqlMutants(source.slice(start, end))) {
          replace(node, source.slice(node.start, start) + changed + source.slice(end, node.end))
        }
      }
      break
    case 'Literal':
      if (!(key === 'key' && !parent.computed)) for (const literal of literalsFor(node)) replace(node, literal)
      break
  }

  function replaceReturned() {
    replace(node, 'null')
    const type = owner.returnType ? textOf(owner.returnType) : ''
    if (!/\bboolean\b/.test(type) && !isNegation && !COMPARISONS.has(node.operator)) return
    replace(node, 'true')
    replace(node, 'false')
  }
}

const SWAPPED_SQL = {
  '<': ['<='],
  '<=': ['<'],
  '>': ['>='],
  '>=': ['>'],
  '=': ['<>'],
  '+': ['-'],
  '-': ['+'],
  and: ['or'],
  or: ['and'],
  not: [''],
  min: ['max'],
  max: ['min'],
}

/** The text of a part of an SQL template with one operator, function or number replaced. */
function sqlMutants(text) {
  return [...text.matchAll(/(?<!<)[<>](?!<)=?|(?<![<>])=|[+-]|\b(?:and|or|not|min|max)\b|\b\d+\b/g)].flatMap(
    ({ 0: token, index }) => {
      const swapped = SWAPPED_SQL[token] ?? literalsFor({ value: Number(token) })
      return swapped.map((other) => text.slice(0, index) + other + text.slice(index + token.length))
    },
  )
}

function literalsFor({ value, regex, raw }) {
  if (regex) return weaken(regex).map(({ pattern, flags }) => `/${pattern}/${flags}`)
  if (typeof value === 'boolean') return [String(!value)]
  if (typeof value === 'number') return [...new Set([value + 1, value - 1, 0])].filter((n) => n !== value).map(String)
  return typeof value === 'string' && value !== '' ? ["''"] : [raw]
}

/** Regular expressions that match more: without an anchor, a flag, a bound or an escape. */
function weaken({ pattern, flags }) {
  const weaker = []
  const without = (at, length, instead = '') =>
    weaker.push({ pattern: pattern.slice(0, at) + instead + pattern.slice(at + length), flags })
  // A class, an escape, a bound, or one character.
  for (const { 0: part, index } of pattern.matchAll(/\[(?:\\.|[^\]])*\]|\\.|\{[\d,]+\}|./gs)) {
    if (part === '^' || part === '$') without(index, 1)
    else if (part === '+') without(index, 1, '*')
    else if (part === '\\.') without(index, 2, '.')
    else if (part.startsWith('{')) without(index, part.length, '*')
  }
  return flags ? [...weaker, { pattern, flags: '' }] : weaker
}
