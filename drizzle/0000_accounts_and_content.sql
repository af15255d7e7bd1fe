CREATE TABLE `login_attempts` (
	`subject` text PRIMARY KEY NOT NULL,
	`failures` integer NOT NULL,
	`failed_at` integer NOT NULL,
	`retry_at` integer NOT NULL,
	`nonce` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `login_attempts_failed_at` ON `login_attempts` (`failed_at`);--> statement-breakpoint
CREATE TABLE `reserved_usernames` (
	`username_normalized` text PRIMARY KEY NOT NULL,
	`user_id` integer NOT NULL,
	`released_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `reserved_usernames_released_at` ON `reserved_usernames` (`released_at`);--> statement-breakpoint
CREATE TABLE `sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` integer NOT NULL,
	`counter` integer NOT NULL,
	`rotation_key` text,
	`user_agent` text,
	`created_at` integer NOT NULL,
	`last_used_at` integer NOT NULL,
	`reauthenticated_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `sessions_user_id` ON `sessions` (`user_id`);--> statement-breakpoint
CREATE INDEX `sessions_expires_at` ON `sessions` (`expires_at`);--> statement-breakpoint
CREATE TABLE `sign_in_networks` (
	`user_id` integer NOT NULL,
	`network` text NOT NULL,
	`signed_in_at` integer NOT NULL,
	PRIMARY KEY(`user_id`, `network`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `sign_in_networks_signed_in_at` ON `sign_in_networks` (`signed_in_at`);--> statement-breakpoint
CREATE TABLE `users` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`username` text NOT NULL,
	`username_normalized` text NOT NULL,
	`renames` integer DEFAULT 0 NOT NULL,
	`email` text,
	`email_normalized` text,
	`email_verified_at` integer,
	`epoch` integer DEFAULT 0 NOT NULL,
	`password_hash` text NOT NULL,
	`registration_key` text,
	`role` text DEFAULT 'member' NOT NULL,
	`suspended_at` integer,
	`suspension_reason` text,
	`relisting` integer DEFAULT false NOT NULL,
	`deleted_at` integer,
	`last_login_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `users_username_normalized` ON `users` (`username_normalized`);--> statement-breakpoint
CREATE UNIQUE INDEX `users_email_normalized` ON `users` (`email_normalized`);--> statement-breakpoint
CREATE INDEX `users_operators` ON `users` (`id`) WHERE role = 'operator';--> statement-breakpoint
CREATE INDEX `users_active` ON `users` (`id`) WHERE suspended_at is null;--> statement-breakpoint
CREATE INDEX `users_suspended` ON `users` (`id`) WHERE suspended_at is not null;--> statement-breakpoint
CREATE INDEX `users_deleted` ON `users` (`id`) WHERE deleted_at is not null;--> statement-breakpoint
CREATE INDEX `users_relisting` ON `users` (`id`) WHERE relisting = 1;--> statement-breakpoint
CREATE TABLE `idempotency_keys` (
	`user_id` integer NOT NULL,
	`key` text NOT NULL,
	`fingerprint` text NOT NULL,
	`nonce` text NOT NULL,
	`item_id` integer,
	`author_name` text NOT NULL,
	`author_renames` integer NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`user_id`, `key`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `idempotency_keys_created_at` ON `idempotency_keys` (`created_at`);--> statement-breakpoint
CREATE TABLE `posts` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`author_id` integer NOT NULL,
	`title` text NOT NULL,
	`visibility` text NOT NULL,
	`published_at` integer,
	`first_published_at` integer,
	`pending` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`version` integer NOT NULL,
	`hidden_at` integer,
	`hidden_reason` text,
	`author_suspended` integer DEFAULT false NOT NULL,
	`listed_at` integer GENERATED ALWAYS AS (case when hidden_at is null and author_suspended = 0 then published_at end) VIRTUAL,
	`search_text` text DEFAULT '{}' NOT NULL,
	`body` text NOT NULL,
	FOREIGN KEY (`author_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `posts_listed` ON `posts` (`listed_at`,`id`);--> statement-breakpoint
CREATE INDEX `posts_by_author` ON `posts` (`author_id`,`listed_at`,`id`);--> statement-breakpoint
CREATE INDEX `posts_own_by_status` ON `posts` (`author_id`,`published_at`,`id`);--> statement-breakpoint
CREATE INDEX `posts_own` ON `posts` (`author_id`,`id`);--> statement-breakpoint
CREATE INDEX `posts_pending` ON `posts` (`listed_at`) WHERE pending = 1;--> statement-breakpoint
CREATE INDEX `posts_author_suspended` ON `posts` (`author_id`) WHERE author_suspended = 1;--> statement-breakpoint
CREATE TABLE `recipes` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`author_id` integer NOT NULL,
	`title` text NOT NULL,
	`visibility` text NOT NULL,
	`published_at` integer,
	`first_published_at` integer,
	`pending` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`version` integer NOT NULL,
	`hidden_at` integer,
	`hidden_reason` text,
	`author_suspended` integer DEFAULT false NOT NULL,
	`listed_at` integer GENERATED ALWAYS AS (case when hidden_at is null and author_suspended = 0 then published_at end) VIRTUAL,
	`search_text` text DEFAULT '{}' NOT NULL,
	`description` text,
	`servings` integer,
	`cook_minutes` integer,
	`ingredients` text DEFAULT '[]' NOT NULL,
	`directions` text DEFAULT '[]' NOT NULL,
	FOREIGN KEY (`author_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `recipes_listed` ON `recipes` (`listed_at`,`id`);--> statement-breakpoint
CREATE INDEX `recipes_by_author` ON `recipes` (`author_id`,`listed_at`,`id`);--> statement-breakpoint
CREATE INDEX `recipes_own_by_status` ON `recipes` (`author_id`,`published_at`,`id`);--> statement-breakpoint
CREATE INDEX `recipes_own` ON `recipes` (`author_id`,`id`);--> statement-breakpoint
CREATE INDEX `recipes_pending` ON `recipes` (`listed_at`) WHERE pending = 1;--> statement-breakpoint
CREATE INDEX `recipes_author_suspended` ON `recipes` (`author_id`) WHERE author_suspended = 1;--> statement-breakpoint
CREATE TABLE `mail_days` (
	`day` text PRIMARY KEY NOT NULL,
	`mails` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `outbox` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`mail_id` text NOT NULL,
	`throttle_key` text NOT NULL,
	`purpose` text NOT NULL,
	`user_id` integer,
	`recipient` text,
	`epoch` integer,
	`payload` text,
	`created_at` integer NOT NULL,
	`attempts` integer NOT NULL,
	`claimed_until` integer NOT NULL,
	`claim` text,
	`minted_at` integer,
	`sent_at` integer,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `outbox_throttle_key` ON `outbox` (`throttle_key`);--> statement-breakpoint
CREATE INDEX `outbox_mail_id` ON `outbox` (`mail_id`);--> statement-breakpoint
CREATE INDEX `outbox_user_id` ON `outbox` (`user_id`);--> statement-breakpoint
CREATE INDEX `outbox_claim` ON `outbox` (`claim`);--> statement-breakpoint
CREATE INDEX `outbox_due` ON `outbox` (`sent_at`,`claimed_until`);--> statement-breakpoint
CREATE INDEX `outbox_created_at` ON `outbox` (`created_at`);--> statement-breakpoint
CREATE TABLE `audit_log` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`created_at` integer NOT NULL,
	`actor` text NOT NULL,
	`action` text NOT NULL,
	`subject` text NOT NULL,
	`subject_user_id` integer,
	`reason` text,
	`request_id` text
);
--> statement-breakpoint
CREATE INDEX `audit_log_by_subject` ON `audit_log` (`subject`,`id`);--> statement-breakpoint
CREATE INDEX `audit_log_by_actor` ON `audit_log` (`actor`,`id`);--> statement-breakpoint
CREATE INDEX `audit_log_by_actor_and_subject` ON `audit_log` (`actor`,`subject`,`id`);--> statement-breakpoint
CREATE INDEX `audit_log_about_user` ON `audit_log` (`subject_user_id`,`id`);--> statement-breakpoint
CREATE TABLE `reports` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`type` text NOT NULL,
	`item_id` integer NOT NULL,
	`author_id` integer NOT NULL,
	`reporter_id` integer NOT NULL,
	`reason` text NOT NULL,
	`detail` text,
	`status` text NOT NULL,
	`note` text,
	`resolved_by` integer,
	`resolved_at` integer,
	`created_at` integer NOT NULL,
	`version` integer NOT NULL,
	FOREIGN KEY (`reporter_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `reports_of_reporter` ON `reports` (`reporter_id`,`type`,`item_id`);--> statement-breakpoint
CREATE INDEX `reports_by_status` ON `reports` (`status`,`id`);