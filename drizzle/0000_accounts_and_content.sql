CREATE TABLE `idempotency_keys` (
	`user_id` integer NOT NULL,
	`key` text NOT NULL,
	`fingerprint` text NOT NULL,
	`nonce` text NOT NULL,
	`item_id` integer,
	`author_name` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`user_id`, `key`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `idempotency_keys_created_at` ON `idempotency_keys` (`created_at`);--> statement-breakpoint
CREATE TABLE `login_attempts` (
	`subject` text PRIMARY KEY NOT NULL,
	`failures` integer NOT NULL,
	`failed_at` integer NOT NULL,
	`retry_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `login_attempts_failed_at` ON `login_attempts` (`failed_at`);--> statement-breakpoint
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
CREATE TABLE `posts` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`author_id` integer NOT NULL,
	`author_name` text NOT NULL,
	`author_normalized` text NOT NULL,
	`title` text NOT NULL,
	`visibility` text NOT NULL,
	`published_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`version` integer NOT NULL,
	`body` text NOT NULL,
	FOREIGN KEY (`author_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `posts_published` ON `posts` (`published_at`,`id`);--> statement-breakpoint
CREATE INDEX `posts_by_author` ON `posts` (`author_normalized`,`published_at`,`id`);--> statement-breakpoint
CREATE INDEX `posts_own_by_status` ON `posts` (`author_id`,`published_at`,`id`);--> statement-breakpoint
CREATE INDEX `posts_own` ON `posts` (`author_id`,`id`);--> statement-breakpoint
CREATE TABLE `recipes` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`author_id` integer NOT NULL,
	`author_name` text NOT NULL,
	`author_normalized` text NOT NULL,
	`title` text NOT NULL,
	`visibility` text NOT NULL,
	`published_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`version` integer NOT NULL,
	`description` text,
	`servings` integer,
	`cook_minutes` integer,
	`ingredients` text DEFAULT '[]' NOT NULL,
	`directions` text DEFAULT '[]' NOT NULL,
	FOREIGN KEY (`author_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `recipes_published` ON `recipes` (`published_at`,`id`);--> statement-breakpoint
CREATE INDEX `recipes_by_author` ON `recipes` (`author_normalized`,`published_at`,`id`);--> statement-breakpoint
CREATE INDEX `recipes_own_by_status` ON `recipes` (`author_id`,`published_at`,`id`);--> statement-breakpoint
CREATE INDEX `recipes_own` ON `recipes` (`author_id`,`id`);--> statement-breakpoint
CREATE TABLE `sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` integer NOT NULL,
	`counter` integer NOT NULL,
	`user_agent` text,
	`created_at` integer NOT NULL,
	`last_used_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `sessions_user_id` ON `sessions` (`user_id`);--> statement-breakpoint
CREATE INDEX `sessions_expires_at` ON `sessions` (`expires_at`);--> statement-breakpoint
CREATE TABLE `users` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`username` text NOT NULL,
	`username_normalized` text NOT NULL,
	`email` text NOT NULL,
	`email_normalized` text NOT NULL,
	`email_verified_at` integer,
	`epoch` integer DEFAULT 0 NOT NULL,
	`password_hash` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `users_username_normalized` ON `users` (`username_normalized`);--> statement-breakpoint
CREATE UNIQUE INDEX `users_email_normalized` ON `users` (`email_normalized`);