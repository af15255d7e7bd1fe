-- Written by hand: drizzle-kit has neither triggers nor virtual tables.
-- The audit log is append-only. REPLACE would delete a row without its trigger, so an id cannot be inserted twice either.
CREATE TRIGGER audit_log_insert BEFORE INSERT ON audit_log WHEN EXISTS (SELECT 1 FROM audit_log WHERE id = new.id) BEGIN
  SELECT RAISE(ABORT, 'audit_log is append-only');
END;
--> statement-breakpoint
CREATE TRIGGER audit_log_update BEFORE UPDATE ON audit_log BEGIN
  SELECT RAISE(ABORT, 'audit_log is append-only');
END;
--> statement-breakpoint
CREATE TRIGGER audit_log_delete BEFORE DELETE ON audit_log
WHEN old.created_at > (unixepoch() - 400 * 86400) * 1000 BEGIN
  SELECT RAISE(ABORT, 'audit_log keeps its rows for 400 days');
END;
--> statement-breakpoint
-- Operators find users by any part of a name or an address: every pair of neighbouring characters is a word, written as the
-- hexadecimal digits of its UTF-8, so that no tokenizer splits or folds it; the last character is a word of its own. The state
-- is indexed too: a search within one state reads only its users.
CREATE VIRTUAL TABLE users_search USING fts5(
  username, email, state,
  content='', contentless_delete=1, prefix='2 4 6 8', tokenize='ascii'
);
--> statement-breakpoint
CREATE TRIGGER users_search_insert AFTER INSERT ON users BEGIN
  INSERT INTO users_search (rowid, username, email, state) VALUES (
    new.id,
    (WITH RECURSIVE place(at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM place WHERE at < length(new.username_normalized))
      SELECT group_concat(lower(hex(substr(new.username_normalized, at, 2))), ' ') FROM place),
    (WITH RECURSIVE place(at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM place WHERE at < length(new.email_normalized))
      SELECT group_concat(lower(hex(substr(new.email_normalized, at, 2))), ' ') FROM place),
    CASE WHEN new.suspended_at IS NULL THEN 'active' ELSE 'suspended' END || CASE new.role WHEN 'operator' THEN ' operator' ELSE '' END
  );
END;
--> statement-breakpoint
CREATE TRIGGER users_search_update AFTER UPDATE OF username_normalized, email_normalized, suspended_at, role ON users BEGIN
  DELETE FROM users_search WHERE rowid = old.id;
  INSERT INTO users_search (rowid, username, email, state) VALUES (
    new.id,
    (WITH RECURSIVE place(at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM place WHERE at < length(new.username_normalized))
      SELECT group_concat(lower(hex(substr(new.username_normalized, at, 2))), ' ') FROM place),
    (WITH RECURSIVE place(at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM place WHERE at < length(new.email_normalized))
      SELECT group_concat(lower(hex(substr(new.email_normalized, at, 2))), ' ') FROM place),
    CASE WHEN new.suspended_at IS NULL THEN 'active' ELSE 'suspended' END || CASE new.role WHEN 'operator' THEN ' operator' ELSE '' END
  );
END;
--> statement-breakpoint
CREATE TRIGGER users_search_delete AFTER DELETE ON users BEGIN
  DELETE FROM users_search WHERE rowid = old.id;
END;
