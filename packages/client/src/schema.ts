/** The routes of the service as types. Generated from the OpenAPI document by `npm run client`; do not edit. */
export interface paths {
    "/users/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Register
         * @description Creates an account and signs in to it. Usernames are unique without regard to case and width. A password that is common, or equals the username or the e-mail address, is refused. With an `Idempotency-Key`, a repeated request signs in to the account that the first one created.
         */
        post: operations["register"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign in
         * @description Requires the password and the e-mail address or the username. The response is the same for an unknown name and a wrong password. From the tenth consecutive failed attempt of a network on, each failure delays the next attempt.
         */
        post: operations["login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Refresh the tokens
         * @description Each refresh token can be used once. The token just used gets the same tokens again for 2 minutes, and for 24 hours with the same `Idempotency-Key`. Any other use of an old token ends its session. Without a body, the cookie is used, for pages of the origins in `ALLOWED_ORIGINS`.
         */
        post: operations["refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign out
         * @description Ends the session of the request. Its access token and its refresh token are refused from then on.
         */
        post: operations["logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/password-reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Set a new password with the token of a mail or of an operator
         * @description Ends every session and starts none. Resets the login throttle, verifies the e-mail address and mails a notice. A token works once.
         */
        put: operations["resetPassword"];
        /**
         * Request a mail to reset a forgotten password
         * @description The response is the same whether or not an account has the address. The link in the mail leads to `APP_URL/reset#<token>` and is valid for 30 minutes. An account gets at most one such mail a minute.
         */
        post: operations["requestPasswordReset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/me/email-verification": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Request a mail to verify my e-mail address
         * @description Registration sends the first one. An account gets at most one a minute; a verified address gets none. The link leads to `APP_URL/verify#<token>` and is valid for 24 hours.
         */
        post: operations["requestEmailVerification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/email-verification": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Verify an e-mail address with the token of a mail
         * @description Idempotent while the token is valid. With `REGISTRATION=quiet` the token of a registration creates the account.
         */
        put: operations["verifyEmail"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/email-change": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change an e-mail address with the token of a mail
         * @description The token goes to the new address when `PATCH /users/me` asks for the change. Ends every session but the one that asked, and mails a notice to the old address. A token works once.
         */
        put: operations["confirmEmailChange"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read my account
         * @description The account as its owner sees it, with the e-mail address.
         */
        get: operations["readMe"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change my username or e-mail address
         * @description Fields that are not sent do not change. Changing the e-mail address requires `current_password`. If the service sends mail, the response to a new address is 202, and the address changes when the link mailed to it is used (`PUT /users/email-change`); the response is the same if the address is taken. Without mail the address changes at once. A new username is also set on everything the user wrote.
         */
        patch: operations["updateMe"];
        trace?: never;
    };
    "/users/me/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change my password
         * @description Ends every other session. From the tenth consecutive wrong password on, each failure delays the next attempt.
         */
        put: operations["changePassword"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/me/reauthenticate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reauthenticate
         * @description For the next 15 minutes this session can do what requires a recent proof of the password, such as suspending a user.
         */
        post: operations["reauthenticate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/me/delete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Delete my account
         * @description At once and for good. It is a `POST` because a body sent with `DELETE` means nothing (RFC 9110 §9.3.5).
         */
        post: operations["deleteMe"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/me/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export my data
         * @description The account, its sessions and all of its content, with drafts. Secrets are left out. The response is streamed: if the session ends meanwhile, the connection is closed before the JSON is complete.
         */
        get: operations["exportMe"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/me/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List my sessions
         * @description The active sessions, at most 100. A session ends 30 days after sign-in. The oldest session ends when the 101st starts.
         */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        /**
         * End my other sessions
         * @description The tokens of the other sessions are refused at once.
         */
        delete: operations["revokeOtherSessions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/me/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End one of my sessions
         * @description The tokens of the session are refused at once. It can be the session of the request.
         */
        delete: operations["revokeSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/{username}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a public profile
         * @description Usernames are compared without regard to case and width. The e-mail address is not part of the profile.
         */
        get: operations["readProfile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/posts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List posts
         * @description Published items from newest to oldest, without the longer fields. Send `next_cursor` as `cursor` to get the next page, or follow the `Link` header.
         */
        get: operations["listPosts"];
        put?: never;
        /**
         * Create a post
         * @description The author is the current user. With an `Idempotency-Key`, a repeated request writes nothing.
         */
        post: operations["createPost"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/posts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a post
         * @description Requires authentication when `visibility` is `members`. Drafts and scheduled items exist only for their author.
         */
        get: operations["readPost"];
        put?: never;
        post?: never;
        /**
         * Delete a post
         * @description Only the author can delete it. It cannot be restored. With `If-Match`, the deletion requires that version.
         */
        delete: operations["deletePost"];
        options?: never;
        head?: never;
        /**
         * Change a post
         * @description Only the author can change it. Fields that are not sent do not change. With `If-Match`, the change requires that version.
         */
        patch: operations["updatePost"];
        trace?: never;
    };
    "/posts/{id}/reports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Report a post to the operators
         * @description Each user can report an item once. Reporting it again changes nothing.
         */
        post: operations["reportPost"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/posts/{id}/publish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Publish or schedule a post
         * @description Only the author can publish it. A time in the future schedules it. Without a time, a published item does not change.
         */
        put: operations["publishPost"];
        post?: never;
        /**
         * Unpublish a post
         * @description Only the author can unpublish it. The item becomes a draft, which only its author can see.
         */
        delete: operations["unpublishPost"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/recipes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List recipes
         * @description Published items from newest to oldest, without the longer fields. Send `next_cursor` as `cursor` to get the next page, or follow the `Link` header.
         */
        get: operations["listRecipes"];
        put?: never;
        /**
         * Create a recipe
         * @description The author is the current user. With an `Idempotency-Key`, a repeated request writes nothing.
         */
        post: operations["createRecipe"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/recipes/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a recipe
         * @description Requires authentication when `visibility` is `members`. Drafts and scheduled items exist only for their author.
         */
        get: operations["readRecipe"];
        put?: never;
        post?: never;
        /**
         * Delete a recipe
         * @description Only the author can delete it. It cannot be restored. With `If-Match`, the deletion requires that version.
         */
        delete: operations["deleteRecipe"];
        options?: never;
        head?: never;
        /**
         * Change a recipe
         * @description Only the author can change it. Fields that are not sent do not change. With `If-Match`, the change requires that version.
         */
        patch: operations["updateRecipe"];
        trace?: never;
    };
    "/recipes/{id}/reports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Report a recipe to the operators
         * @description Each user can report an item once. Reporting it again changes nothing.
         */
        post: operations["reportRecipe"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/recipes/{id}/publish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Publish or schedule a recipe
         * @description Only the author can publish it. A time in the future schedules it. Without a time, a published item does not change.
         */
        put: operations["publishRecipe"];
        post?: never;
        /**
         * Unpublish a recipe
         * @description Only the author can unpublish it. The item becomes a draft, which only its author can see.
         */
        delete: operations["unpublishRecipe"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/operator/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Find users
         * @description Newest first. For operators. Everybody else gets 404.
         */
        get: operations["listUsers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/operator/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a user
         * @description With the e-mail address, counts of sessions and items, and the reason for a suspension.
         */
        get: operations["readUser"];
        put?: never;
        post?: never;
        /**
         * Delete a user and everything the user wrote
         * @description Permanent. Requires a recent proof of the password.
         */
        delete: operations["deleteUser"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/operator/users/{id}/suspension": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Suspend a user
         * @description Every session of the user ends at once, signing in is refused, and what the user published is hidden until the suspension is lifted. Requires a recent proof of the password.
         */
        put: operations["suspendUser"];
        post?: never;
        /**
         * Lift a suspension
         * @description The user can sign in again, and what the user had published is back. Drafts are unchanged.
         */
        delete: operations["liftSuspension"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/operator/users/{id}/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Sign a user out everywhere
         * @description Every token of the user is refused at once. Requires a recent proof of the password.
         */
        delete: operations["revokeUserSessions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/operator/users/{id}/password-reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Issue a link that sets a new password
         * @description For a user who cannot get in. Hand the link over yourself: it works once, within 30 minutes. If mail is configured, the user is notified. Requires a recent proof of the password.
         */
        post: operations["issuePasswordReset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/operator/reports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the queue of reports
         * @description What users reported, oldest first.
         */
        get: operations["listReports"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/operator/reports/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Resolve a report, or open it again
         * @description Resolving requires a `note`. With `If-Match`, only the version that was read.
         */
        patch: operations["updateReport"];
        trace?: never;
    };
    "/operator/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the audit log
         * @description Who did what, when and why, newest first. Entries cannot be changed, and are kept for 400 days.
         */
        get: operations["listAuditLog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/operator/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Invite a user to register
         * @description If mail is configured, the invitation is mailed: its link leads to `APP_URL/register#<invitation>`. Otherwise it is in the response. It is valid for 7 days and for this address only.
         */
        post: operations["inviteUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/operator/posts/{id}/hidden": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Hide an item of posts
         * @description Only its author and operators can see the item. The author sees the reason and cannot show the item again. Requires a recent proof of the password.
         */
        put: operations["hidePosts"];
        post?: never;
        /**
         * Show a hidden item of posts again
         * @description It is where it was: a published item is in lists and search again, a draft stays a draft.
         */
        delete: operations["unhidePosts"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/operator/recipes/{id}/hidden": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Hide an item of recipes
         * @description Only its author and operators can see the item. The author sees the reason and cannot show the item again. Requires a recent proof of the password.
         */
        put: operations["hideRecipes"];
        post?: never;
        /**
         * Show a hidden item of recipes again
         * @description It is where it was: a published item is in lists and search again, a draft stays a draft.
         */
        delete: operations["unhideRecipes"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/problems": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the problem types
         * @description Every `code` that a response can have, with its status, description and resolution.
         */
        get: operations["listProblems"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/problems/{slug}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read one problem type
         * @description The `type` of a problem is the path of this resource.
         */
        get: operations["readProblem"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check the health of the service
         * @description Queries the database in each request. Responds 503 if the database does not respond within two seconds (six for the write that is tested once a minute), or if its migrations are not those of the deployed code. `detail` says which; the names of the migrations are in the log.
         */
        get: operations["health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the index of the service
         * @description The name, the version and the paths of the service.
         */
        get: operations["index"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Auth: {
            /**
             * @description A JWT. Send it as `Authorization: Bearer <access_token>`.
             * @example header.claims.signature
             */
            access_token: string;
            /** @enum {string} */
            token_type: "Bearer";
            /**
             * Format: int32
             * @description The lifetime of the access token in seconds.
             * @example 900
             */
            expires_in: number;
            /**
             * @description Absent if the refresh token is in a cookie.
             * @example selector.counter.mac
             */
            refresh_token?: string;
            user: components["schemas"]["Me"];
        };
        /**
         * @example {
         *       "id": 1,
         *       "username": "홍길동",
         *       "email": "hong@example.com",
         *       "email_verified": true,
         *       "role": "member",
         *       "created_at": "2026-11-22T09:30:00.000Z",
         *       "updated_at": "2026-11-22T09:30:00.000Z"
         *     }
         */
        Me: {
            /** Format: int64 */
            id: number;
            /** @example 홍길동 */
            username: string;
            /**
             * @description Null for an imported user who has not set one.
             * @example hong@example.com
             */
            email: string | null;
            /** @description Whether the owner has used a link mailed to the address. */
            email_verified: boolean;
            /** @enum {string} */
            role: "member" | "operator";
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
        };
        Problem: {
            /**
             * Format: uri-reference
             * @description Identifies the problem type. It is stable.
             */
            type: string;
            /**
             * @description The last segment of `type`. Switch on this.
             * @example invalid-input
             */
            code: string;
            title: string;
            /** Format: int32 */
            status: number;
            detail?: string;
            /** @description Every fault of the input. */
            errors?: components["schemas"]["Fault"][];
            request_id: string;
        };
        Fault: {
            detail: string;
            /**
             * Format: uri-reference
             * @description A JSON Pointer into the body (RFC 6901 §6). Present if the fault is in the body.
             */
            pointer?: string;
            /** @description The name of a parameter. Present if the fault is in the path, the query or a header. */
            parameter?: string;
        };
        Registration: {
            /**
             * @description Unique without regard to case and width.
             * @example 홍길동
             */
            username: string;
            /**
             * Format: idn-email
             * @example hong@example.com
             */
            email: string;
            /**
             * Format: password
             * @example correct horse battery staple
             */
            password: string;
            /** @description Required if the service accepts registrations by invitation only. It is for the e-mail address that it was issued for. */
            invitation?: string | null;
            /** @description A token of the Turnstile widget. Required if the service has `TURNSTILE_SECRET`. */
            turnstile_token?: string | null;
            /**
             * @description `token`: the refresh token is in the response body. `cookie`: it is in a cookie that no script can read, for pages of the origins in `ALLOWED_ORIGINS`. Default: `token`.
             * @enum {string|null}
             */
            session?: "token" | "cookie" | null;
        };
        /**
         * @description The password and exactly one of `email` or `username`.
         * @example {
         *       "email": "hong@example.com",
         *       "password": "correct horse battery staple"
         *     }
         */
        Credentials: {
            email?: string | null;
            /** @description A username or an e-mail address. Surrounding spaces are ignored. */
            username?: string | null;
            /**
             * Format: password
             * @example correct horse battery staple
             */
            password: string;
            /**
             * @description `token`: the refresh token is in the response body. `cookie`: it is in a cookie that no script can read, for pages of the origins in `ALLOWED_ORIGINS`. Default: `token`.
             * @enum {string|null}
             */
            session?: "token" | "cookie" | null;
        };
        Refresh: {
            /** @example selector.counter.mac */
            refresh_token: string;
        };
        /**
         * @example {
         *       "email": "hong@example.com"
         *     }
         */
        PasswordResetRequest: {
            /**
             * Format: idn-email
             * @example hong@example.com
             */
            email: string;
            /** @description A token of the Turnstile widget. Required if the service has `TURNSTILE_SECRET`. */
            turnstile_token?: string | null;
        };
        PasswordReset: {
            /** @example purpose.user.epoch.expiry.mac */
            token: string;
            /**
             * Format: password
             * @example correct horse battery staple
             */
            new_password: string;
        };
        MailTokenUse: {
            /** @example purpose.user.epoch.expiry.mac */
            token: string;
        };
        /**
         * @example {
         *       "username": "홍길동"
         *     }
         */
        ProfileUpdate: {
            /**
             * @description Unique without regard to case and width.
             * @example 홍길동
             */
            username?: string;
            /**
             * Format: idn-email
             * @example hong@example.com
             */
            email?: string;
            /**
             * Format: password
             * @example correct horse battery staple
             */
            current_password?: string;
        };
        PasswordChange: {
            /**
             * Format: password
             * @example correct horse battery staple
             */
            current_password: string;
            /**
             * Format: password
             * @example correct horse battery staple
             */
            new_password: string;
        };
        Reauthentication: {
            /**
             * Format: password
             * @example correct horse battery staple
             */
            current_password: string;
        };
        Deletion: {
            /**
             * Format: password
             * @example correct horse battery staple
             */
            current_password: string;
        };
        /** @description The account, its sessions, and under `content` one list for each content type. */
        Export: {
            /** Format: date-time */
            exported_at: string;
            account: components["schemas"]["Me"];
            sessions: {
                /** @example yhKm3E3gBGCXzXhQGJwjNw */
                id: string;
                /** @example curl/8.5.0 */
                user_agent: string | null;
                /** Format: date-time */
                created_at: string;
                /** Format: date-time */
                last_used_at: string;
                /** Format: date-time */
                expires_at: string;
                /** Format: date-time */
                reauthenticated_at: string;
            }[];
            idempotency_keys: {
                /** @example a-key-of-mine */
                key: string;
                /** Format: int64 */
                item_id: number | null;
                /** Format: date-time */
                created_at: string;
            }[];
            login_attempts: {
                /** Format: int64 */
                failures: number;
                /** Format: date-time */
                failed_at: string;
            } | null;
            /** @description The time of the last sign-in from each known network, or of its renewal by a refresh. The networks are stored as digests. */
            sign_in_networks: {
                /** Format: date-time */
                signed_in_at: string;
            }[];
            mails: {
                /** @enum {string} */
                purpose: "reset" | "verify" | "change" | "register" | "invite" | "password-changed" | "email-changed" | "new-sign-in" | "account-deleted" | "reset-issued";
                /** @example hong@example.com */
                recipient: string | null;
                /** Format: date-time */
                requested_at: string;
                /** Format: date-time */
                sent_at: string | null;
            }[];
            audit_log: {
                /** Format: date-time */
                created_at: string;
                /** @enum {string} */
                action: "role-granted" | "role-revoked" | "user-suspended" | "suspension-lifted" | "sessions-revoked" | "password-reset-issued" | "user-deleted" | "item-hidden" | "item-unhidden" | "report-resolved" | "report-reopened" | "invitation-issued";
                /**
                 * @description `user:`, `report:` or a content type and `:`, and an id.
                 * @example user:1
                 */
                subject: string;
                reason: string | null;
            }[];
            reports: {
                /**
                 * @description The content type of the reported item.
                 * @example posts
                 */
                type: string;
                /** Format: int64 */
                item_id: number;
                /** @enum {string} */
                reason: "spam" | "harassment" | "illegal" | "copyright" | "other";
                detail: string | null;
                /** @enum {string} */
                status: "open" | "resolved";
                /** Format: date-time */
                created_at: string;
            }[];
            content: {
                [key: string]: ({
                    /** Format: int64 */
                    id: number;
                    /** @example A gate in a wall */
                    title: string;
                } & {
                    [key: string]: unknown;
                })[];
            };
        };
        SessionPage: {
            items: components["schemas"]["Session"][];
            /** @example null */
            next_cursor: string | null;
        };
        /**
         * @example {
         *       "id": "yhKm3E3gBGCXzXhQGJwjNw",
         *       "user_agent": "curl/8.5.0",
         *       "created_at": "2026-11-22T09:30:00.000Z",
         *       "last_used_at": "2026-11-22T09:30:00.000Z",
         *       "expires_at": "2026-12-22T09:30:00.000Z",
         *       "current": true
         *     }
         */
        Session: {
            /** @example yhKm3E3gBGCXzXhQGJwjNw */
            id: string;
            /** @example curl/8.5.0 */
            user_agent: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_used_at: string;
            /** Format: date-time */
            expires_at: string;
            /** @description Whether it is the session of the request. */
            current: boolean;
        };
        /**
         * @example {
         *       "username": "홍길동",
         *       "created_at": "2026-11-22T09:30:00.000Z"
         *     }
         */
        Profile: {
            /** @example 홍길동 */
            username: string;
            /** Format: date-time */
            created_at: string;
        };
        PostPage: {
            items: components["schemas"]["PostSummary"][];
            /** @example null */
            next_cursor: string | null;
        };
        /**
         * @example {
         *       "id": 1,
         *       "version": 1,
         *       "author": {
         *         "id": 1,
         *         "username": "홍길동"
         *       },
         *       "published_at": "2026-11-22T09:30:00.000Z",
         *       "created_at": "2026-11-22T09:30:00.000Z",
         *       "updated_at": "2026-11-22T09:30:00.000Z",
         *       "title": "A gate in a wall",
         *       "visibility": "members"
         *     }
         */
        PostSummary: {
            /** Format: int64 */
            id: number;
            /**
             * Format: int64
             * @description Increases with every change of the item. `If-Match` takes it in quotation marks: `"1"`.
             */
            version: number;
            title: string;
            author: {
                /** Format: int64 */
                id: number;
                /** @example 홍길동 */
                username: string;
            };
            /**
             * @description `public`: everyone can read and search the whole item. `members`: reading the item requires authentication. Lists show the title and the other listed fields of both to everyone, so the `description` of a `members` recipe is public. Searches without a token find a `members` item by its title only.
             * @enum {string}
             */
            visibility: "public" | "members";
            /**
             * Format: date-time
             * @description Null for a draft. In the future for a scheduled item.
             */
            published_at: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
            /**
             * @description Present if an operator has hidden the item. Only its author and operators can see it.
             * @example {
             *       "at": "2026-11-22T09:30:00.000Z",
             *       "reason": "Advertising."
             *     }
             */
            hidden?: {
                /** Format: date-time */
                at: string;
                reason: string;
            };
        };
        /**
         * @example {
         *       "id": 1,
         *       "version": 1,
         *       "author": {
         *         "id": 1,
         *         "username": "홍길동"
         *       },
         *       "published_at": "2026-11-22T09:30:00.000Z",
         *       "created_at": "2026-11-22T09:30:00.000Z",
         *       "updated_at": "2026-11-22T09:30:00.000Z",
         *       "title": "A gate in a wall",
         *       "visibility": "members",
         *       "body": "Small, and well guarded."
         *     }
         */
        Post: {
            /** Format: int64 */
            id: number;
            /**
             * Format: int64
             * @description Increases with every change of the item. `If-Match` takes it in quotation marks: `"1"`.
             */
            version: number;
            title: string;
            author: {
                /** Format: int64 */
                id: number;
                /** @example 홍길동 */
                username: string;
            };
            /**
             * @description `public`: everyone can read and search the whole item. `members`: reading the item requires authentication. Lists show the title and the other listed fields of both to everyone, so the `description` of a `members` recipe is public. Searches without a token find a `members` item by its title only.
             * @enum {string}
             */
            visibility: "public" | "members";
            /**
             * Format: date-time
             * @description Null for a draft. In the future for a scheduled item.
             */
            published_at: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
            /**
             * @description Present if an operator has hidden the item. Only its author and operators can see it.
             * @example {
             *       "at": "2026-11-22T09:30:00.000Z",
             *       "reason": "Advertising."
             *     }
             */
            hidden?: {
                /** Format: date-time */
                at: string;
                reason: string;
            };
            body: string;
        };
        /**
         * @example {
         *       "title": "A gate in a wall",
         *       "body": "Small, and well guarded."
         *     }
         */
        PostDraft: {
            title: string;
            body: string;
            /**
             * @description Default: `members`.
             * @enum {string|null}
             */
            visibility?: "public" | "members" | null;
            /** @description Default: `false`. */
            draft?: boolean | null;
        };
        /**
         * @example {
         *       "title": "A gate in a wall"
         *     }
         */
        PostUpdate: {
            title?: string;
            body?: string;
            /**
             * @description `public`: everyone can read and search the whole item. `members`: reading the item requires authentication. Lists show the title and the other listed fields of both to everyone, so the `description` of a `members` recipe is public. Searches without a token find a `members` item by its title only.
             * @enum {string}
             */
            visibility?: "public" | "members";
        };
        /**
         * @example {
         *       "reason": "spam"
         *     }
         */
        ReportDraft: {
            /** @enum {string} */
            reason: "spam" | "harassment" | "illegal" | "copyright" | "other";
            detail?: string | null;
        };
        /**
         * @example {
         *       "at": "2027-01-01T00:00:00.000Z"
         *     }
         */
        Publication: {
            /** Format: date-time */
            at?: string | null;
        };
        RecipePage: {
            items: components["schemas"]["RecipeSummary"][];
            /** @example null */
            next_cursor: string | null;
        };
        /**
         * @example {
         *       "id": 1,
         *       "version": 1,
         *       "author": {
         *         "id": 1,
         *         "username": "홍길동"
         *       },
         *       "published_at": "2026-11-22T09:30:00.000Z",
         *       "created_at": "2026-11-22T09:30:00.000Z",
         *       "updated_at": "2026-11-22T09:30:00.000Z",
         *       "title": "김치찌개",
         *       "visibility": "public",
         *       "description": "For a cold evening.",
         *       "servings": 2,
         *       "cook_minutes": 40
         *     }
         */
        RecipeSummary: {
            /** Format: int64 */
            id: number;
            /**
             * Format: int64
             * @description Increases with every change of the item. `If-Match` takes it in quotation marks: `"1"`.
             */
            version: number;
            title: string;
            author: {
                /** Format: int64 */
                id: number;
                /** @example 홍길동 */
                username: string;
            };
            /**
             * @description `public`: everyone can read and search the whole item. `members`: reading the item requires authentication. Lists show the title and the other listed fields of both to everyone, so the `description` of a `members` recipe is public. Searches without a token find a `members` item by its title only.
             * @enum {string}
             */
            visibility: "public" | "members";
            /**
             * Format: date-time
             * @description Null for a draft. In the future for a scheduled item.
             */
            published_at: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
            /**
             * @description Present if an operator has hidden the item. Only its author and operators can see it.
             * @example {
             *       "at": "2026-11-22T09:30:00.000Z",
             *       "reason": "Advertising."
             *     }
             */
            hidden?: {
                /** Format: date-time */
                at: string;
                reason: string;
            };
            description: string | null;
            /** Format: int32 */
            servings: number | null;
            /** Format: int32 */
            cook_minutes: number | null;
        };
        /**
         * @example {
         *       "id": 1,
         *       "version": 1,
         *       "author": {
         *         "id": 1,
         *         "username": "홍길동"
         *       },
         *       "published_at": "2026-11-22T09:30:00.000Z",
         *       "created_at": "2026-11-22T09:30:00.000Z",
         *       "updated_at": "2026-11-22T09:30:00.000Z",
         *       "title": "김치찌개",
         *       "visibility": "public",
         *       "description": "For a cold evening.",
         *       "servings": 2,
         *       "cook_minutes": 40,
         *       "ingredients": [
         *         "300 g ripe kimchi",
         *         "200 g pork belly",
         *         "½ block of tofu"
         *       ],
         *       "directions": [
         *         "Fry the pork and the kimchi.",
         *         "Add water and simmer for 30 minutes.",
         *         "Add the tofu."
         *       ]
         *     }
         */
        Recipe: {
            /** Format: int64 */
            id: number;
            /**
             * Format: int64
             * @description Increases with every change of the item. `If-Match` takes it in quotation marks: `"1"`.
             */
            version: number;
            title: string;
            author: {
                /** Format: int64 */
                id: number;
                /** @example 홍길동 */
                username: string;
            };
            /**
             * @description `public`: everyone can read and search the whole item. `members`: reading the item requires authentication. Lists show the title and the other listed fields of both to everyone, so the `description` of a `members` recipe is public. Searches without a token find a `members` item by its title only.
             * @enum {string}
             */
            visibility: "public" | "members";
            /**
             * Format: date-time
             * @description Null for a draft. In the future for a scheduled item.
             */
            published_at: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
            /**
             * @description Present if an operator has hidden the item. Only its author and operators can see it.
             * @example {
             *       "at": "2026-11-22T09:30:00.000Z",
             *       "reason": "Advertising."
             *     }
             */
            hidden?: {
                /** Format: date-time */
                at: string;
                reason: string;
            };
            description: string | null;
            /** Format: int32 */
            servings: number | null;
            /** Format: int32 */
            cook_minutes: number | null;
            ingredients: string[];
            directions: string[];
        };
        /**
         * @example {
         *       "title": "김치찌개",
         *       "description": "For a cold evening.",
         *       "servings": 2,
         *       "cook_minutes": 40,
         *       "ingredients": [
         *         "300 g ripe kimchi",
         *         "200 g pork belly",
         *         "½ block of tofu"
         *       ],
         *       "directions": [
         *         "Fry the pork and the kimchi.",
         *         "Add water and simmer for 30 minutes.",
         *         "Add the tofu."
         *       ]
         *     }
         */
        RecipeDraft: {
            title: string;
            description?: string | null;
            /** Format: int32 */
            servings?: number | null;
            /** Format: int32 */
            cook_minutes?: number | null;
            ingredients?: string[] | null;
            directions?: string[] | null;
            /**
             * @description Default: `public`.
             * @enum {string|null}
             */
            visibility?: "public" | "members" | null;
            /** @description Default: `true`. */
            draft?: boolean | null;
        };
        LinkedData: {
            /** @enum {string} */
            "@context": "https://schema.org";
            /** @example Recipe */
            "@type": string;
        } & {
            [key: string]: unknown;
        };
        /**
         * @example {
         *       "title": "김치찌개"
         *     }
         */
        RecipeUpdate: {
            title?: string;
            description?: string | null;
            /** Format: int32 */
            servings?: number | null;
            /** Format: int32 */
            cook_minutes?: number | null;
            ingredients?: string[];
            directions?: string[];
            /**
             * @description `public`: everyone can read and search the whole item. `members`: reading the item requires authentication. Lists show the title and the other listed fields of both to everyone, so the `description` of a `members` recipe is public. Searches without a token find a `members` item by its title only.
             * @enum {string}
             */
            visibility?: "public" | "members";
        };
        UserPage: {
            items: components["schemas"]["User"][];
            /** @example null */
            next_cursor: string | null;
        };
        /**
         * @description A user as operators see it. Sessions and items are counted up to 1000.
         * @example {
         *       "id": 1,
         *       "username": "홍길동",
         *       "email": "hong@example.com",
         *       "email_verified": true,
         *       "role": "member",
         *       "created_at": "2026-11-22T09:30:00.000Z",
         *       "last_login_at": "2026-11-22T09:30:00.000Z",
         *       "suspended_at": null,
         *       "suspension_reason": null,
         *       "sessions": 1,
         *       "items": {
         *         "posts": 3,
         *         "recipes": 3
         *       }
         *     }
         */
        User: {
            /** Format: int64 */
            id: number;
            /** @example 홍길동 */
            username: string;
            /** @example hong@example.com */
            email: string | null;
            email_verified: boolean;
            /** @enum {string} */
            role: "member" | "operator";
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_login_at: string | null;
            /** Format: date-time */
            suspended_at: string | null;
            /**
             * @description Why. The audit log keeps it, and the export of the user that it concerns shows it.
             * @example Posted the same advertisement 300 times.
             */
            suspension_reason: string | null;
            /**
             * Format: int32
             * @example 3
             */
            sessions: number;
            items: {
                /**
                 * Format: int32
                 * @example 3
                 */
                posts: number;
                /**
                 * Format: int32
                 * @example 3
                 */
                recipes: number;
            };
        };
        Decision: {
            /**
             * @description Why. The audit log keeps it, and the export of the user that it concerns shows it.
             * @example Posted the same advertisement 300 times.
             */
            reason: string;
        };
        OptionalDecision: {
            /**
             * @description Why. The audit log keeps it, and the export of the user that it concerns shows it.
             * @example Posted the same advertisement 300 times.
             */
            reason?: string | null;
        };
        /**
         * @example {
         *       "token": "reset.1.0.1.mac",
         *       "url": "https://app.example.com/reset#reset.1.0.1.mac",
         *       "expires_at": "2026-11-22T09:30:00.000Z"
         *     }
         */
        PasswordResetLink: {
            token: string;
            /** Format: uri */
            url: string;
            /** Format: date-time */
            expires_at: string;
        };
        ReportPage: {
            items: components["schemas"]["Report"][];
            /** @example null */
            next_cursor: string | null;
        };
        /**
         * @example {
         *       "id": 1,
         *       "type": "posts",
         *       "item_id": 1,
         *       "author": {
         *         "id": 2,
         *         "username": "spammer"
         *       },
         *       "reporter": {
         *         "id": 1,
         *         "username": "홍길동"
         *       },
         *       "reason": "spam",
         *       "detail": null,
         *       "status": "open",
         *       "note": null,
         *       "created_at": "2026-11-22T09:30:00.000Z",
         *       "resolved_at": null,
         *       "resolved_by": null,
         *       "version": 1
         *     }
         */
        Report: {
            /** Format: int64 */
            id: number;
            /**
             * @description The content type of the reported item.
             * @example posts
             */
            type: string;
            /** Format: int64 */
            item_id: number;
            author: {
                /** Format: int64 */
                id: number;
                /** @example 홍길동 */
                username: string | null;
            };
            reporter: {
                /** Format: int64 */
                id: number;
                /** @example 홍길동 */
                username: string | null;
            };
            /** @enum {string} */
            reason: "spam" | "harassment" | "illegal" | "copyright" | "other";
            detail: string | null;
            /** @enum {string} */
            status: "open" | "resolved";
            /** @example Hidden. */
            note: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            resolved_at: string | null;
            resolved_by: {
                /** Format: int64 */
                id: number;
                /** @example 홍길동 */
                username: string | null;
            } | null;
            /** Format: int64 */
            version: number;
        };
        /**
         * @example {
         *       "status": "resolved",
         *       "note": "Hidden."
         *     }
         */
        ReportUpdate: {
            /** @enum {string} */
            status: "open" | "resolved";
            /** @example Hidden. */
            note?: string | null;
        };
        AuditPage: {
            items: components["schemas"]["AuditEntry"][];
            /** @example null */
            next_cursor: string | null;
        };
        /**
         * @example {
         *       "id": 1,
         *       "created_at": "2026-11-22T09:30:00.000Z",
         *       "actor": "user:1",
         *       "action": "user-suspended",
         *       "subject": "user:2",
         *       "reason": "Posted the same advertisement 300 times.",
         *       "request_id": "c3899e24-5f1f-44be-b926-0c34af5058d6"
         *     }
         */
        AuditEntry: {
            /** Format: int64 */
            id: number;
            /** Format: date-time */
            created_at: string;
            /**
             * @description `user:` and an id, `cli` for `npm run operator`, or `system`.
             * @example user:1
             */
            actor: string;
            /** @enum {string} */
            action: "role-granted" | "role-revoked" | "user-suspended" | "suspension-lifted" | "sessions-revoked" | "password-reset-issued" | "user-deleted" | "item-hidden" | "item-unhidden" | "report-resolved" | "report-reopened" | "invitation-issued";
            /**
             * @description `user:`, `report:` or a content type and `:`, and an id.
             * @example user:1
             */
            subject: string;
            reason: string | null;
            request_id: string | null;
        };
        /**
         * @example {
         *       "invitation": "invite.1.0.1.mac",
         *       "expires_at": "2026-11-22T09:30:00.000Z"
         *     }
         */
        Invitation: {
            invitation: string;
            /** Format: date-time */
            expires_at: string;
        };
        /**
         * @example {
         *       "email": "hong@example.com"
         *     }
         */
        InvitationRequest: {
            /**
             * Format: idn-email
             * @example hong@example.com
             */
            email: string;
        };
        ProblemTypes: {
            items: components["schemas"]["ProblemType"][];
        };
        /**
         * @example {
         *       "type": "/problems/forbidden",
         *       "code": "forbidden",
         *       "status": 403,
         *       "title": "Forbidden",
         *       "description": "The current user can see the resource and must not change it. Only the author can change an item.",
         *       "resolution": "Sign in as the author of the item."
         *     }
         */
        ProblemType: {
            /** Format: uri-reference */
            type: string;
            /** @example invalid-input */
            code: string;
            title: string;
            /** Format: int32 */
            status: number;
            description: string;
            resolution: string;
        };
        Health: {
            /** @enum {string} */
            status: "ok";
        };
        /**
         * @example {
         *       "name": "Postern",
         *       "version": "0.1.0",
         *       "description": "Accounts and authored content at the edge.",
         *       "links": {
         *         "documentation": "/docs",
         *         "guides": "/docs/guides",
         *         "openapi": "/openapi.json",
         *         "problems": "/problems",
         *         "health": "/health",
         *         "posts": "/posts",
         *         "recipes": "/recipes"
         *       }
         *     }
         */
        Index: {
            name: string;
            version: string;
            description: string;
            /** @description Paths by name. */
            links: {
                [key: string]: string;
            };
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    register: {
        parameters: {
            query?: never;
            header?: {
                /** @description A request sent again with the same key within a day signs in to the account that the first one created. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Registration"];
            };
        };
        responses: {
            /** @description The account and the tokens of its first session. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Auth"];
                };
            };
            /** @description With `REGISTRATION=quiet`: a mail was sent. Its link creates the account. If the address has an account, the mail states that. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    login: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Credentials"];
            };
        };
        responses: {
            /** @description The tokens of a new session. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Auth"];
                };
            };
        };
    };
    refresh: {
        parameters: {
            query?: never;
            header?: {
                /** @description A request sent again with the same key and token within a day gets the same tokens. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Refresh"];
            };
        };
        responses: {
            /** @description New tokens of the same session. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Auth"];
                };
            };
        };
    };
    logout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The session has ended. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    resetPassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordReset"];
            };
        };
        responses: {
            /** @description The new password is set. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    requestPasswordReset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordResetRequest"];
            };
        };
        responses: {
            /** @description If an account has this address, a mail is sent. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    requestEmailVerification: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Unless the address is verified, a mail is sent. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    verifyEmail: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MailTokenUse"];
            };
        };
        responses: {
            /** @description The address is verified. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    confirmEmailChange: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MailTokenUse"];
            };
        };
        responses: {
            /** @description The account has the new address, and it is verified. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    readMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The account. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
        };
    };
    updateMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProfileUpdate"];
            };
        };
        responses: {
            /** @description The account as it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description The account as it is now. A mail to the new address is on its way. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
        };
    };
    changePassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordChange"];
            };
        };
        responses: {
            /** @description The password was changed. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    reauthenticate: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reauthentication"];
            };
        };
        responses: {
            /** @description The reauthentication was recorded. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    deleteMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Deletion"];
            };
        };
        responses: {
            /** @description The account and its content were deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    exportMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A JSON file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Export"];
                };
            };
        };
    };
    listSessions: {
        parameters: {
            query?: {
                /** @description The page size. Default: 100, which is all of them. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The sessions, the last used first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionPage"];
                };
            };
        };
    };
    revokeOtherSessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The other sessions have ended. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    revokeSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The session has ended. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    readProfile: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                username: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The public profile. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Profile"];
                };
            };
        };
    };
    listPosts: {
        parameters: {
            query?: {
                /** @description The page size. Default: 20. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
                /** @description Only items of this username. */
                author?: string;
                /** @description Default: `published`. The other values require authentication and list your own items. */
                status?: "published" | "draft" | "scheduled" | "all";
                /** @description Only items that contain every word. Each word can be the beginning of a word. Without a token, the words are searched in titles and in `public` items. */
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of posts. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PostPage"];
                };
            };
        };
    };
    createPost: {
        parameters: {
            query?: never;
            header?: {
                /** @description A repeated request with the same key within 24 hours writes nothing and gets the response of the first. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PostDraft"];
            };
        };
        responses: {
            /** @description The new post. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Post"];
                };
            };
        };
    };
    readPost: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of a stored response. The response is 304 if it is still current. */
                "if-none-match"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The post. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Post"];
                };
            };
        };
    };
    deletePost: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. The change fails with 412 if the item has another version by now. A tag that a compressing proxy has changed (`W/"1"`, `"1-gzip"`) means the same. */
                "if-match"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The item was deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    updatePost: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. The change fails with 412 if the item has another version by now. A tag that a compressing proxy has changed (`W/"1"`, `"1-gzip"`) means the same. */
                "if-match"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PostUpdate"];
            };
        };
        responses: {
            /** @description The post. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Post"];
                };
            };
        };
    };
    reportPost: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReportDraft"];
            };
        };
        responses: {
            /** @description The operators will see the report. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    publishPost: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. The change fails with 412 if the item has another version by now. A tag that a compressing proxy has changed (`W/"1"`, `"1-gzip"`) means the same. */
                "if-match"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Publication"];
            };
        };
        responses: {
            /** @description The post. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Post"];
                };
            };
        };
    };
    unpublishPost: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. The change fails with 412 if the item has another version by now. A tag that a compressing proxy has changed (`W/"1"`, `"1-gzip"`) means the same. */
                "if-match"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The post. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Post"];
                };
            };
        };
    };
    listRecipes: {
        parameters: {
            query?: {
                /** @description The page size. Default: 20. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
                /** @description Only items of this username. */
                author?: string;
                /** @description Default: `published`. The other values require authentication and list your own items. */
                status?: "published" | "draft" | "scheduled" | "all";
                /** @description Only items that contain every word. Each word can be the beginning of a word. Without a token, the words are searched in titles and in `public` items. */
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of recipes. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecipePage"];
                };
            };
        };
    };
    createRecipe: {
        parameters: {
            query?: never;
            header?: {
                /** @description A repeated request with the same key within 24 hours writes nothing and gets the response of the first. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RecipeDraft"];
            };
        };
        responses: {
            /** @description The new recipe. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recipe"];
                };
            };
        };
    };
    readRecipe: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of a stored response. The response is 304 if it is still current. */
                "if-none-match"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The recipe. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recipe"];
                    "application/ld+json": components["schemas"]["LinkedData"];
                };
            };
        };
    };
    deleteRecipe: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. The change fails with 412 if the item has another version by now. A tag that a compressing proxy has changed (`W/"1"`, `"1-gzip"`) means the same. */
                "if-match"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The item was deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    updateRecipe: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. The change fails with 412 if the item has another version by now. A tag that a compressing proxy has changed (`W/"1"`, `"1-gzip"`) means the same. */
                "if-match"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RecipeUpdate"];
            };
        };
        responses: {
            /** @description The recipe. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recipe"];
                };
            };
        };
    };
    reportRecipe: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReportDraft"];
            };
        };
        responses: {
            /** @description The operators will see the report. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    publishRecipe: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. The change fails with 412 if the item has another version by now. A tag that a compressing proxy has changed (`W/"1"`, `"1-gzip"`) means the same. */
                "if-match"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Publication"];
            };
        };
        responses: {
            /** @description The recipe. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recipe"];
                };
            };
        };
    };
    unpublishRecipe: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. The change fails with 412 if the item has another version by now. A tag that a compressing proxy has changed (`W/"1"`, `"1-gzip"`) means the same. */
                "if-match"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The recipe. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recipe"];
                };
            };
        };
    };
    listUsers: {
        parameters: {
            query?: {
                /** @description The page size. Default: 20. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
                /** @description A part of the username or of the e-mail address. */
                q?: string;
                /** @description Default: `all`. */
                status?: "all" | "active" | "suspended" | "operator";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of users. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserPage"];
                };
            };
        };
    };
    readUser: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of a stored response. The response is 304 if it is still current. */
                "if-none-match"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
        };
    };
    deleteUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Decision"];
            };
        };
        responses: {
            /** @description The account and its content are deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    suspendUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Decision"];
            };
        };
        responses: {
            /** @description The user is suspended. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    liftSuspension: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["OptionalDecision"];
            };
        };
        responses: {
            /** @description The user is not suspended. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    revokeUserSessions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["OptionalDecision"];
            };
        };
        responses: {
            /** @description The user has no session. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    issuePasswordReset: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["OptionalDecision"];
            };
        };
        responses: {
            /** @description The link. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PasswordResetLink"];
                };
            };
        };
    };
    listReports: {
        parameters: {
            query?: {
                /** @description The page size. Default: 20. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
                /** @description Default: `open`. */
                status?: "open" | "resolved";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of reports. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReportPage"];
                };
            };
        };
    };
    updateReport: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. The change fails with 412 if the item has another version by now. A tag that a compressing proxy has changed (`W/"1"`, `"1-gzip"`) means the same. */
                "if-match"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReportUpdate"];
            };
        };
        responses: {
            /** @description The report. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Report"];
                };
            };
        };
    };
    listAuditLog: {
        parameters: {
            query?: {
                /** @description The page size. Default: 20. */
                limit?: number;
                /** @description The `next_cursor` of the previous page. */
                cursor?: string;
                /** @description What was acted on: `user:1`, `posts:34`, `report:5`. */
                subject?: string;
                /** @description Who acted: `user:1` or `cli`. */
                actor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of the audit log. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditPage"];
                };
            };
        };
    };
    inviteUser: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InvitationRequest"];
            };
        };
        responses: {
            /** @description The invitation, to be sent as `invitation` of `POST /users/register`. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invitation"];
                };
            };
            /** @description The invitation is mailed. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    hidePosts: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. The change fails with 412 if the item has another version by now. A tag that a compressing proxy has changed (`W/"1"`, `"1-gzip"`) means the same. */
                "if-match"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Decision"];
            };
        };
        responses: {
            /** @description The item is hidden. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    unhidePosts: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. The change fails with 412 if the item has another version by now. A tag that a compressing proxy has changed (`W/"1"`, `"1-gzip"`) means the same. */
                "if-match"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["OptionalDecision"];
            };
        };
        responses: {
            /** @description The item is not hidden. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    hideRecipes: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. The change fails with 412 if the item has another version by now. A tag that a compressing proxy has changed (`W/"1"`, `"1-gzip"`) means the same. */
                "if-match"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Decision"];
            };
        };
        responses: {
            /** @description The item is hidden. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    unhideRecipes: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of the version to change. The change fails with 412 if the item has another version by now. A tag that a compressing proxy has changed (`W/"1"`, `"1-gzip"`) means the same. */
                "if-match"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["OptionalDecision"];
            };
        };
        responses: {
            /** @description The item is not hidden. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    listProblems: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The problem types. HTML if the client prefers it. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemTypes"];
                    "text/html": string;
                };
            };
        };
    };
    readProblem: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The problem type. HTML if the client prefers it. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemType"];
                    "text/html": string;
                };
            };
        };
    };
    health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The service can serve. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    index: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The index. HTML if the client prefers it. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Index"];
                    "text/html": string;
                };
            };
        };
    };
}
