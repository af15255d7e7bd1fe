// Splits an SQL text into statements, and finds properties of each that the engine does not report.

/** One statement of a text. */
export type Statement = {
  sql: string
  /** Whether sqld supports the statement. */
  isSupported: boolean
  /** The verb of the statement in lower case: `insert` also for `WITH … INSERT`. */
  verb: string
  /** Whether the statement needs the write lock. */
  writes: boolean
  /** The names of the parameters by index, with their prefix. A plain `?` has no name. */
  parameters: (string | undefined)[]
}

// Tokens: first those in which semicolons and parameter signs have no meaning, then words, parameters and characters. A
// literal with a doubled quote becomes two tokens, which makes no difference here.
const token =
  /--[^\n]*|\/\*[^]*?(?:\*\/|$)|'[^']*'?|"[^"]*"?|`[^`]*`?|\[[^\]]*\]?|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\d[\w.]*|\?\d*|[:@$#](?:[\w$\u0080-\uffff]|::)+|\s+|[^]/g

const isWord = (text: string): boolean => /^[A-Za-z_\u0080-\uffff]/.test(text)
const isParameter = (text: string): boolean => /^\?|^[:@$#]./.test(text)
const isBlank = (text: string): boolean => /^\s|^--|^\/\*/.test(text)

const readVerbs = new Set(
  'select values explain begin commit end rollback savepoint release attach detach pragma'.split(' '),
)
const mainVerbs = new Set('select values insert replace update delete'.split(' '))

const verbOf = (words: string[]): string => {
  const first = words[0] ?? ''
  return first === 'with' ? (words.find((word) => mainVerbs.has(word)) ?? first) : first
}

const needsWriteLock = (verb: string, words: string[], sql: string): boolean => {
  if (verb === 'begin') return words[1] === 'immediate' || words[1] === 'exclusive'
  if (verb === 'pragma') return words.some((w) => w === 'user_version' || w === 'application_id') && /[=(]/.test(sql)
  return !readVerbs.has(verb)
}

/** Whether the statement affects only its own database and connection. sqld refuses all others. */
const sqldSupports = (verb: string, words: string[], sql: string): boolean => {
  const [, second = ''] = words
  if (verb === 'create') return second !== 'temp' && second !== 'temporary'
  if (verb === 'pragma') return freePragmas.has(second) || (readablePragmas.has(second) && !/[=(]/.test(sql))
  return !['vacuum', 'analyze', 'attach'].includes(verb)
}

/** As in sqld's query_analysis.rs. */
const freePragmas = new Set(
  (
    'table_list index_list table_info table_xinfo index_xinfo pragma_list compile_options database_list ' +
    'function_list module_list encoding defer_foreign_keys foreign_keys foreign_key_list foreign_key_check ' +
    'collation_list data_version freelist_count integrity_check legacy_file_format page_count quick_check stats ' +
    'user_version'
  ).split(' '),
)
const readablePragmas = new Set(
  (
    'analysis_limit application_id auto_vacuum automatic_index busy_timeout cache_size cache_spill cell_size_check ' +
    'checkpoint_fullfsync fullfsync hard_heap_limit journal_mode journal_size_limit legacy_alter_table locking_mode ' +
    'max_page_count mmap_size page_size query_only read_uncommitted recursive_triggers reverse_unordered_selects ' +
    'schema_version secure_delete soft_heap_limit synchronous temp_store threads trusted_schema wal_autocheckpoint'
  ).split(' '),
)

const isTrigger = (words: string[]): boolean =>
  /^(explain (query plan )?)?create (temp |temporary )?trigger( |$)/.test(words.slice(0, 6).join(' '))

/** The statement being read. */
class Draft {
  #text = ''
  /** The words outside parentheses. */
  #words: string[] = []
  #parameters: (string | undefined)[] = []
  #depth = 0
  #beforeLast = ''
  #last = ''

  add(text: string): void {
    this.#text += text
    if (isBlank(text)) return
    this.#beforeLast = this.#last
    this.#last = text.toLowerCase()
    if (text === '(') this.#depth++
    else if (text === ')') this.#depth--
    else if (isParameter(text)) this.#addParameter(text)
    else if (isWord(text) && this.#depth === 0) this.#words.push(this.#last)
  }

  /** Whether a semicolon ends the statement. In a trigger, only the one after `; END` does. */
  get isComplete(): boolean {
    return !isTrigger(this.#words) || (this.#last === 'end' && this.#beforeLast === ';')
  }

  #addParameter(name: string): void {
    if (name === '?') this.#parameters.push(undefined)
    else if (name.startsWith('?')) this.#addNumbered(Number(name.slice(1)), name)
    else if (!this.#parameters.includes(name)) this.#parameters.push(name)
  }

  #addNumbered(index: number, name: string): void {
    // SQLite refuses numbers outside of this range itself
    if (index < 1 || index > 32766) return
    while (this.#parameters.length < index) this.#parameters.push(undefined)
    this.#parameters[index - 1] = name
  }

  finish(): Statement[] {
    if (this.#last === '') return []
    const verb = verbOf(this.#words)
    const writes = needsWriteLock(verb, this.#words, this.#text)
    const isSupported = sqldSupports(verb, this.#words, this.#text)
    return [{ sql: this.#text.trim(), isSupported, verb, writes, parameters: this.#parameters }]
  }
}

export const parseSql = (text: string): Statement[] => {
  const statements: Statement[] = []
  let draft = new Draft()
  for (const [part] of text.matchAll(token)) {
    if (part === ';' && draft.isComplete) {
      statements.push(...draft.finish())
      draft = new Draft()
    } else {
      draft.add(part)
    }
  }
  return [...statements, ...draft.finish()]
}
