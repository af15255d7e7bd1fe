// The search index of a content type as SQL: drizzle-kit knows neither virtual tables nor triggers. `npm run migration`
// appends it for a new content type; drizzle/0001_search.sql is made of it too.

/** How long the beginnings are that are looked up and not gathered, in characters, with the letter before each word. */
const PREFIXES = '2 3 4 5 6 7 8 9'

/** The index, and the triggers that keep it: src/content/search.ts says what the letters mean. */
export function searchIndexSql(name) {
  const isListed = (row) => `${row}.listed_at IS NOT NULL AND NOT ${row}.pending`
  const letter = `substr(
      iif(${isListed('new')}, 'tpm', 'uvw'),
      CASE WHEN key = 'title' THEN 1 WHEN new.visibility = 'public' THEN 2 ELSE 3 END, 1
    )`
  const insert = `INSERT INTO ${name}_search (rowid, words)
  SELECT new.id, concat_ws(' ',
    'a' || new.author_id, iif(${isListed('new')}, 'b' || new.author_id, NULL),
    group_concat(letter || replace(value, ' ', ' ' || letter), ' ')
  ) FROM (
    SELECT value, ${letter} AS letter
    FROM json_each(new.search_text) WHERE value <> ''
  );`
  const remove = `DELETE FROM ${name}_search WHERE rowid = old.id;`
  return [
    `CREATE VIRTUAL TABLE ${name}_search USING fts5(
  words, content='', contentless_delete=1, prefix='${PREFIXES}', tokenize="ascii tokenchars '+#.'"
);`,
    `CREATE TRIGGER ${name}_search_insert AFTER INSERT ON ${name} BEGIN
  ${insert}
END;`,
    `CREATE TRIGGER ${name}_search_update AFTER UPDATE OF search_text, visibility, published_at, hidden_at, author_suspended, pending ON ${name}
WHEN old.search_text <> new.search_text OR old.visibility <> new.visibility
  OR (${isListed('old')}) <> (${isListed('new')})
BEGIN
  ${remove}
  ${insert}
END;`,
    `CREATE TRIGGER ${name}_search_delete AFTER DELETE ON ${name} BEGIN
  ${remove}
END;`,
    // Whatever is written next takes in what was scheduled and whose time has come: a search has to look at little else.
    `CREATE TRIGGER ${name}_search_due AFTER INSERT ON ${name} BEGIN
  UPDATE ${name} SET pending = 0 WHERE id IN (
    SELECT id FROM ${name} WHERE pending = 1 AND listed_at <= new.created_at LIMIT 20
  );
END;`,
  ].join('\n--> statement-breakpoint\n')
}
