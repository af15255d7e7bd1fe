-- Full-text search, written by hand: drizzle-kit knows no virtual tables. For each kind of content an index that keeps no
-- text of its own (FTS5, contentless), and three triggers that keep it: an item and its row here are written, changed and
-- deleted in one statement. Marks are left out (crème is creme), case and width are not told apart. Beginnings of words are
-- indexed up to eight characters, so that the last word of a search, which may be half there, is looked up and not gathered;
-- and the author's id is a word as well, so that a search of one author's items reads no others.
CREATE VIRTUAL TABLE posts_search USING fts5(
  author, title, body,
  content='', contentless_delete=1, prefix='1 2 3 4 5 6 7 8', tokenize="unicode61 remove_diacritics 2"
);
--> statement-breakpoint
CREATE TRIGGER posts_search_insert AFTER INSERT ON posts BEGIN
  INSERT INTO posts_search (rowid, author, title, body) VALUES (new.id, new.author_id, new.title, new.body);
END;
--> statement-breakpoint
CREATE TRIGGER posts_search_update AFTER UPDATE OF title, body ON posts BEGIN
  DELETE FROM posts_search WHERE rowid = old.id;
  INSERT INTO posts_search (rowid, author, title, body) VALUES (new.id, new.author_id, new.title, new.body);
END;
--> statement-breakpoint
CREATE TRIGGER posts_search_delete AFTER DELETE ON posts BEGIN
  DELETE FROM posts_search WHERE rowid = old.id;
END;
--> statement-breakpoint
CREATE VIRTUAL TABLE recipes_search USING fts5(
  author, title, description, ingredients, directions,
  content='', contentless_delete=1, prefix='1 2 3 4 5 6 7 8', tokenize="unicode61 remove_diacritics 2"
);
--> statement-breakpoint
CREATE TRIGGER recipes_search_insert AFTER INSERT ON recipes BEGIN
  INSERT INTO recipes_search (rowid, author, title, description, ingredients, directions)
  VALUES (
    new.id, new.author_id, new.title, new.description,
    (SELECT group_concat(value, char(10)) FROM json_each(new.ingredients)),
    (SELECT group_concat(value, char(10)) FROM json_each(new.directions))
  );
END;
--> statement-breakpoint
CREATE TRIGGER recipes_search_update AFTER UPDATE OF title, description, ingredients, directions ON recipes BEGIN
  DELETE FROM recipes_search WHERE rowid = old.id;
  INSERT INTO recipes_search (rowid, author, title, description, ingredients, directions)
  VALUES (
    new.id, new.author_id, new.title, new.description,
    (SELECT group_concat(value, char(10)) FROM json_each(new.ingredients)),
    (SELECT group_concat(value, char(10)) FROM json_each(new.directions))
  );
END;
--> statement-breakpoint
CREATE TRIGGER recipes_search_delete AFTER DELETE ON recipes BEGIN
  DELETE FROM recipes_search WHERE rowid = old.id;
END;
