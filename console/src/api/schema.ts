// Written by "npm run docs" from docs/openapi.json.

export interface paths {
    "/api/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the audit log, newest first
         * @description With `Accept: text/csv` or `application/x-ndjson` all that matches, oldest first, as a stream.
         *
         *     Permission: `audit.read`.
         */
        get: operations["AuditController_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/audit/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Verify the chain of the audit log
         * @description Finds the first record that was changed, removed, inserted or moved, and whether the log still ends with, or goes through, the records that backups remember.
         *
         *     Permission: `audit.read`.
         */
        get: operations["AuditController_verify"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Come back from the OpenID provider
         * @description For a browser. Ends in a session with cookies and goes to the page, or goes to it with the error: `/#/sign-in?error=…`.
         *
         *     Permission: `none`, and no token.
         */
        get: operations["SignInController_finish"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/end-session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * End the session at the OpenID provider
         * @description For a browser whose session here has ended. The provider sends it back to the page.
         *
         *     Permission: `none`, and no token.
         */
        get: operations["SignInController_endAtProvider"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show who is calling
         * @description Permission: `none`, but a valid token.
         */
        get: operations["SessionController_me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show how people sign in
         * @description Permission: `none`, and no token.
         */
        get: operations["SignInController_options"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin a session with cookies
         * @description Takes a bearer token, or the one-time code that a trial prints, and sets `berkut_session` (HttpOnly; over TLS `__Host-berkut_session`) and `berkut_csrf`, which a page echoes in `X-CSRF-Token`.
         *
         *     Permission: `none`, but a valid token.
         */
        post: operations["SessionController_create"];
        /**
         * End the session
         * @description Permission: `none`, but a valid token.
         */
        delete: operations["SessionController_remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/sign-in": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Sign in at the OpenID provider
         * @description For a browser. When the provider does not answer, it goes back to the page with the error.
         *
         *     Permission: `none`, and no token.
         */
        get: operations["SignInController_begin"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List backups, newest first
         * @description Permission: `backups.read`.
         */
        get: operations["BackupsController_list"];
        put?: never;
        /**
         * Make a backup
         * @description Queues it and answers at once; watch `GET /api/backups/{id}` until its status is final.
         *
         *     Permission: `backups.create`.
         */
        post: operations["BackupsController_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backups/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a backup
         * @description With `Accept: text/event-stream` as a stream of events while it changes.
         *
         *     Permission: `backups.read`.
         */
        get: operations["BackupsController_get"];
        put?: never;
        post?: never;
        /**
         * Delete a backup and its file
         * @description Permission: `backups.delete`.
         */
        delete: operations["BackupsController_remove"];
        options?: never;
        head?: never;
        /**
         * Change label or pin
         * @description Retention never removes a pinned backup.
         *
         *     Permission: `backups.create`.
         */
        patch: operations["BackupsController_update"];
        trace?: never;
    };
    "/api/backups/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a queued or running backup
         * @description Permission: `backups.create`.
         */
        post: operations["BackupsController_cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backups/{id}/copies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make the missing copies of a backup now
         * @description Copies that failed, and storages that were away, are tried again at once instead of after their pause. Watch `files` of `GET /api/backups/{id}`.
         *
         *     Permission: `backups.create`.
         */
        post: operations["BackupsController_copy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backups/{id}/download": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Download the encrypted container
         * @description All of it, or what `Range` asks for; `ETag` is the SHA-256 of the file.
         *
         *     Permission: `backups.download`.
         */
        get: operations["BackupsController_download"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backups/{id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Restore the target from a backup
         * @description The backup is loaded into a staging database while maintenance is on, checked, and exchanged with the target by rename. With `online` it is loaded before maintenance begins; with `into` it becomes a new database, without maintenance; with `scope` or `tables` rows of some tables are replaced in one transaction. Whatever fails before the exchange leaves the target as it was.
         *
         *     Permission: `backups.restore`.
         */
        post: operations["RestoreController_start"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backups/{id}/restore/dry-run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Check a backup without touching the target
         * @description Authenticates every byte, compares every digest, reads every archive to its end and compares with the target. Mode `rehearse` also loads it into a scratch database, counts the rows, and drops it, or keeps it for `keep_hours`.
         *
         *     Permission: `backups.restore`.
         */
        post: operations["RestoreController_startDryRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backups/{id}/rows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the first rows of a table of a backup
         * @description Every value is a text. Values beyond 64 KiB are cut, and after 4 MiB no more rows follow, however many were asked for.
         *
         *     Permission: `backups.extract`.
         */
        get: operations["ContentsController_rows"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backups/{id}/sql": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a backup, or one table of it, as SQL
         * @description Statements for `psql` and an empty database: definitions and rows. Those of one table are one transaction, without owners, rights, and what needs other tables; the text says what was left out. When something fails after the first byte, the connection breaks.
         *
         *     Permission: `backups.extract`.
         */
        get: operations["ContentsController_sql"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backups/{id}/tables": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the tables of a backup
         * @description Those that it has rows of, by schema and name. Files of earlier versions do not say all of it: what they do not say is `null`.
         *
         *     Permission: `backups.read`.
         */
        get: operations["ContentsController_tables"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backups/{id}/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Verify a backup
         * @description A dry run in mode `verify`.
         *
         *     Permission: `backups.restore`.
         */
        post: operations["RestoreController_verify"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backups/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the backups of the last days, a little of each
         * @description Permission: `backups.read`.
         */
        get: operations["OverviewController_history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backups/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import a backup file
         * @description It is verified while it arrives; nothing of a bad one stays. 200 when the same file is there already.
         *
         *     Permission: `backups.import`.
         */
        post: operations["BackupsController_import"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backups/integrity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show whether the system is known to be restorable
         * @description Permission: `backups.read`.
         */
        get: operations["IntegrityController_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backups/integrity/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a restore test now
         * @description Rehearses the newest successful backup that was made here: loads it into a scratch database, counts the rows, drops it. Imported backups do not count.
         *
         *     Permission: `backups.restore`.
         */
        post: operations["IntegrityController_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backups/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the plan
         * @description Permission: `backups.read`.
         */
        get: operations["PlanController_get"];
        /**
         * Change the plan
         * @description What is left out is kept. A changed schedule takes effect at once, and has missed nothing.
         *
         *     Permission: `backups.plan.update`.
         */
        put: operations["PlanController_update"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backups/plan/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Turn the plan off
         * @description Permission: `backups.plan.update`.
         */
        post: operations["PlanController_disable"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backups/plan/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Turn the plan on
         * @description Permission: `backups.plan.update`.
         */
        post: operations["PlanController_enable"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backups/plan/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show what the plan would do
         * @description The next run times, and for every backup whether retention would remove it now, and why not. While the plan is off: as if it were on.
         *
         *     Permission: `backups.read`.
         */
        get: operations["PlanController_preview"];
        put?: never;
        /**
         * Show what the plan would do after a change
         * @description Takes the body of the change and makes none: for a form that shows what it would lead to.
         *
         *     Permission: `backups.plan.update`.
         */
        post: operations["PlanController_previewDraft"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backups/rescan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the latest rescan
         * @description Permission: `backups.read`.
         */
        get: operations["BackupsController_latestRescan"];
        put?: never;
        /**
         * Compare the catalogue with the storages
         * @description Files that no backup has are read to their end and become pinned backups, so that a lost control database is made anew from any of the storages. Nothing is removed. Begins it and answers at once; watch `GET /api/backups/rescan` until its status is final.
         *
         *     Permission: `backups.import`.
         */
        post: operations["BackupsController_rescan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backups/restores": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List restore runs, newest first
         * @description Permission: `backups.read`.
         */
        get: operations["RestoreController_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backups/restores/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a restore run, step by step
         * @description The one route that answers while a restore runs and all others answer 503. With `Accept: text/event-stream` as a stream of events while it changes.
         *
         *     Permission: `backups.read`.
         */
        get: operations["RestoreController_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backups/restores/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a dry run, a restore into a new database, or an online one that still loads
         * @description Permission: `backups.restore`.
         */
        post: operations["RestoreController_cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backups/restores/{id}/comparison": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Compare the database that a rehearsal keeps with the target
         * @description Made in the background: the first request begins it, and it is 202 with `status` `running` until it is there. It is kept with the run. Numbers of rows and names of definitions are shown to all who may read; primary keys of rows that differ, with `table`, to callers with `backups.extract`.
         *
         *     Permission: `backups.read`.
         */
        get: operations["ComparisonController_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backups/restores/{id}/discard": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Drop the database that a rehearsal keeps
         * @description Permission: `backups.restore`.
         */
        post: operations["RestoreController_discard"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backups/restores/{id}/promote": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Put the database of a rehearsal in the place of the target
         * @description While it is kept (`kept_until`). A restore run of its own: maintenance, exchange by rename, rollback included. Maintenance lasts seconds.
         *
         *     Permission: `backups.restore`.
         */
        post: operations["RestoreController_promote"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backups/restores/{id}/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Put back the state before a restore
         * @description While the old database is kept (`rollback_until`). A restore run of its own, with the same safety.
         *
         *     Permission: `backups.restore`.
         */
        post: operations["RestoreController_rollBack"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backups/scopes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the scopes that backups and restores can have
         * @description Those of BERKUT_BACKUP_SCOPES_FILE, or else those of SCC; and whether there are application files to back up.
         *
         *     Permission: `backups.read`.
         */
        get: operations["OverviewController_scopes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backups/storages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the storages and how full they are
         * @description The numbers of files are those of the catalogue; whether a storage can be written is asked anew twice a minute.
         *
         *     Permission: `backups.read`.
         */
        get: operations["OverviewController_storages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backups/uploads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin a resumable upload
         * @description By the tus protocol, with creation, expiration, termination and checksum. `Location` is the address of the upload.
         *
         *     Permission: `backups.import`.
         */
        post: operations["UploadsController_create"];
        delete?: never;
        /**
         * Show what resumable uploads can do
         * @description Version and extensions of the tus protocol, and the largest size, as headers.
         *
         *     Permission: `backups.import`.
         */
        options: operations["UploadsController_describe"];
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backups/uploads/{id}": {
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
         * End an upload
         * @description Removes what has arrived. A backup that was made of it stays.
         *
         *     Permission: `backups.import`.
         */
        delete: operations["UploadsController_remove"];
        options?: never;
        /**
         * Show where an upload goes on
         * @description `Upload-Offset` is the next byte to send. When the file was imported, `Backup-Id` is its backup. An upload that is not there, or not on this replica, is begun anew.
         *
         *     Permission: `backups.import`.
         */
        head: operations["UploadsController_tell"];
        /**
         * Send bytes of an upload
         * @description They are verified as far as they can be: of a wrong file nothing stays. The answer to the last of them comes when the file was imported, and has its backup in `Backup-Id`.
         *
         *     Permission: `backups.import`.
         */
        patch: operations["UploadsController_append"];
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AlertDto: {
            /**
             * @description Name of the alert.
             * @enum {string}
             */
            alert: "backup_failed" | "backup_overdue" | "backup_suspicious" | "files_missing" | "leftovers" | "restore_test_failed" | "retention_failed" | "storage_low" | "storage_unusable";
            /**
             * @description For callers with `backups.restore`: what the server, a program or the system said.
             * @example the role may not read the table public.docs, what helps: GRANT SELECT ON TABLE public.docs TO backup
             */
            cause?: string;
            /** @description In words. */
            message: string;
            /**
             * Format: date-time
             * @description Since when.
             */
            since: string;
        };
        AuditPageDto: {
            /** @description Those of this page. */
            items: components["schemas"]["AuditRecordDto"][];
            /** @description Absent on the last page. */
            next_cursor?: string;
        };
        AuditRecordDto: {
            /**
             * @description What was asked for.
             * @example backups.create
             */
            action: string;
            /**
             * @description Who asked: the name in the token, or the service itself.
             * @example alice
             */
            actor: string;
            /** @description Roles in the token. */
            actor_roles: string[];
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description What else is known of it. */
            details: {
                [key: string]: unknown;
            };
            /** @description SHA-256 of this record and `prev_hash`. */
            hash: string;
            /** @description SHA-256 of the record before. */
            prev_hash: string;
            /** @description Of the request, as in `X-Request-Id`. */
            request_id?: string;
            /**
             * @description What it was about.
             * @example backup/12
             */
            resource?: string;
            /**
             * @description What became of it.
             * @enum {string}
             */
            result: "requested" | "success" | "failed" | "denied" | "queued" | "canceled" | "not_found";
            /** @description Place in the chain, from 1. */
            seq: number;
            /** @description HMAC of `hash`. */
            signature: string;
            /** @description Address of the caller. */
            source_ip?: string;
        };
        BackupDto: {
            /** @description SHA-256 of the file, hex. */
            checksum?: string;
            /**
             * Format: date-time
             * @description When it was asked for.
             */
            created_at: string;
            /** @description Of one backup, for callers with `backups.restore`: what the server, a program or the system said (`message`, `sqlstate`, `schema`, `table`, `tool`, `errno`, `where`). */
            error_cause?: {
                [key: string]: unknown;
            };
            /** @description What went wrong; absent when nothing did. */
            error_code?: string;
            /** @description The same in words. */
            error_message?: string;
            /**
             * @description Name of the file in the storage.
             * @example berkut-scc_20260131T020000Z_1f6b0c2a.bscc
             */
            filename?: string;
            /** @description Of one backup, where there are further storages: what each has of it. */
            files?: components["schemas"]["FileDto"][];
            /**
             * Format: date-time
             * @description When it ended.
             */
            finished_at?: string;
            /**
             * @description Number of it.
             * @example 12
             */
            id: number;
            /** @description What the container says of itself. */
            meta_json: {
                [key: string]: unknown;
            };
            /** @description Name of the imported file. */
            origin_filename?: string;
            /** @description Retention never removes a pinned backup. */
            pinned: boolean;
            progress?: components["schemas"]["ProgressDto"];
            /**
             * @description Who asked for it.
             * @example alice
             */
            requested_by: string;
            /**
             * @description The same as `id`.
             * @example 12
             */
            run_id: number;
            /**
             * @description Size of the file, bytes.
             * @example 1048576
             */
            size_bytes?: number;
            /**
             * @description Made here, or brought in.
             * @enum {string}
             */
            source: "local" | "imported";
            /**
             * @description How far it is; `success`, `failed` and `canceled` are final.
             * @enum {string}
             */
            status: "queued" | "running" | "success" | "failed" | "canceled";
            /**
             * @description What it was made for.
             * @enum {string}
             */
            trigger: "manual" | "scheduled" | "safety" | "import";
            /**
             * Format: date-time
             * @description When it last changed.
             */
            updated_at: string;
            /**
             * Format: date-time
             * @description When a rehearsal last restored it.
             */
            verified_at?: string;
        };
        BackupImportedDto: {
            item: components["schemas"]["BackupDto"];
            /** @description What to know before it is restored. */
            warnings: string[];
        };
        BackupItemDto: {
            item: components["schemas"]["BackupDto"];
        };
        BackupListDto: {
            /** @description Those of this page, newest first unless sorted otherwise. */
            items: components["schemas"]["BackupDto"][];
            /** @description How many there are without limit and offset. */
            total: number;
        };
        BackupRemovedDto: {
            /**
             * @description It is gone.
             * @example true
             */
            ok: boolean;
        };
        BackupStartedDto: {
            artifact: components["schemas"]["BackupDto"];
            run: components["schemas"]["RunDto"];
        };
        BeginSessionDto: {
            /** @description From the address that a trial prints. Good once, for ten minutes. */
            one_time_code?: string;
        };
        BrokenRecordDto: {
            /**
             * @description Why.
             * @enum {string}
             */
            reason: "missing" | "changed" | "out of order" | "signature" | "rewritten";
            /** @description Place in the chain, from 1. */
            seq: number;
        };
        ChainHeadDto: {
            /** @description SHA-256 of the record and the one before it, hex. */
            hash: string;
            /** @description Place in the chain, from 1. */
            seq: number;
        };
        ChainVerdictDto: {
            /** @description Records in order, from the first one. */
            count: number;
            /** @description The first record that is not as it was written. */
            first_broken?: components["schemas"]["BrokenRecordDto"];
            head?: components["schemas"]["ChainHeadDto"];
            /** @description Whether no record was changed or removed. */
            ok: boolean;
        };
        ComparedTableDto: {
            /** @description Rows of the same primary key with other values; absent where there is none. */
            different?: number;
            /** @description Rows differ, it is in one database only, or it could not be compared. */
            is_different: boolean;
            /**
             * @description Which database has it.
             * @enum {string}
             */
            is_in: "both" | "backup" | "target";
            keys?: components["schemas"]["DifferingKeysDto"];
            /** @description Rows that would come. */
            only_in_backup?: number;
            /** @description Rows that would go. */
            only_in_target?: number;
            problem?: components["schemas"]["TableProblemDto"];
            /** @description Rows in the database of the rehearsal. */
            rows_in_backup?: number;
            /** @description Rows in the target when it was read. */
            rows_in_target?: number;
            /**
             * @description Schema and name, quoted as in SQL where that is needed.
             * @example public.docs
             */
            table: string;
        };
        ComparisonDto: {
            /** @description Definitions that differ; with `table` only its own. */
            definitions: components["schemas"]["DefinitionDifferenceDto"][];
            /** @description Why it failed. */
            error_code?: string;
            /** @description The same in words. */
            error_message?: string;
            /**
             * Format: date-time
             * @description When it ended.
             */
            finished_at?: string;
            /**
             * @description The rehearsal.
             * @example 3
             */
            restore_id: number;
            /**
             * Format: date-time
             * @description When it was begun.
             */
            started_at: string;
            /**
             * @description How far it is.
             * @enum {string}
             */
            status: "running" | "success" | "failed";
            /** @description Those of this page. */
            tables: components["schemas"]["ComparedTableDto"][];
            /** @description How many have been compared. */
            tables_compared: number;
            /** @description How many of those differ. */
            tables_different: number;
            /** @description Tables of both databases together; 0 until that is known. */
            tables_total: number;
        };
        ComparisonItemDto: {
            item: components["schemas"]["ComparisonDto"];
        };
        CompatibilityDto: {
            /** @description Schema version of the backup, a number or a text. */
            backup_schema_version?: string;
            /**
             * @description Version of the server that the backup was made of.
             * @example 15.8
             */
            backup_server_version: string;
            /** @description Whether the role may create databases. */
            can_create_databases: boolean;
            /** @description Problems and warnings with their codes; absent for runs of earlier versions. */
            findings?: components["schemas"]["FindingDto"][];
            /** @description Whether migrations were written after the backup was made. */
            is_older_schema: boolean;
            /** @description Extensions of the backup that the server does not have. */
            missing_extensions: string[];
            /** @description Roles of the backup that the server does not have. */
            missing_roles: string[];
            /** @description Extensions that a rehearsal leaves out. */
            not_rehearsed?: string[];
            /**
             * @description What becomes of owners and grants.
             * @enum {string}
             */
            ownership: "keep" | "leave out";
            /** @description What is in the way, in words. */
            problems: string[];
            /**
             * @description Version of the server.
             * @example 16.4
             */
            server_version: string;
            /**
             * @description How the target would be replaced.
             * @enum {string}
             */
            strategy: "swap" | "in_place" | "scoped" | "into";
            /** @description Schema version of the target, a number or a text. */
            target_schema_version?: string;
            /** @description What should be known beforehand, in words. */
            warnings: string[];
        };
        CopyDto: {
            /** @description The backup whose file holds the same. */
            backup_id: number;
            /** @description Name of the file in the storage. */
            filename: string;
            /**
             * @description The further storage that has it; absent for the first one.
             * @example near
             */
            storage?: string;
        };
        CreateBackupDto: {
            /**
             * @description Application files too; 400 when no files path is configured.
             * @default false
             */
            include_files: boolean;
            /**
             * @description A name for people.
             * @example before the upgrade
             */
            label?: string;
            /**
             * @description Scope names, or `["ALL"]` (the default) for the whole database. `GET /api/backups/scopes` shows which there are.
             * @example [
             *       "ALL"
             *     ]
             */
            scope?: string[];
        };
        CutValueDto: {
            /**
             * @description Its column.
             * @example content
             */
            column: string;
            /**
             * @description Number of the row in `items`, from 0.
             * @example 0
             */
            item: number;
        };
        DefinitionDifferenceDto: {
            /**
             * @description What it defines.
             * @enum {string}
             */
            kind: "column" | "constraint" | "index" | "trigger" | "policy" | "partition" | "view" | "function" | "type" | "sequence";
            /**
             * @description Its name.
             * @example title
             */
            name: string;
            /**
             * @description How it differs.
             * @enum {string}
             */
            state: "only_in_backup" | "only_in_target" | "different";
            /**
             * @description The table that it belongs to.
             * @example public.docs
             */
            table?: string;
        };
        DifferingKeysDto: {
            /**
             * @description Rows that would change.
             * @example [
             *       [
             *         "12"
             *       ]
             *     ]
             */
            different: string[][];
            /**
             * @description Rows that would come.
             * @example [
             *       [
             *         "41"
             *       ]
             *     ]
             */
            only_in_backup: string[][];
            /**
             * @description Rows that would go.
             * @example [
             *       [
             *         "7"
             *       ],
             *       [
             *         "8"
             *       ]
             *     ]
             */
            only_in_target: string[][];
        };
        ErrorContentDto: {
            /**
             * @description Stable word for programs; docs/api.md has the table.
             * @example backups.not_found
             * @enum {string}
             */
            code: "backups.invalid_request" | "backups.invalid_format" | "backups.decrypt_failed" | "backups.checksum_mismatch" | "backups.plan.invalid" | "backups.files_not_configured" | "backups.copies_not_configured" | "auth.unauthorized" | "auth.provider_refused" | "auth.sign_in_expired" | "auth.no_role" | "auth.provider_unavailable" | "backups.forbidden" | "auth.csrf_invalid" | "backups.not_found" | "backups.table_not_found" | "backups.file_missing" | "backups.concurrent_operation" | "backups.queue_full" | "backups.file_locked" | "backups.file_busy" | "backups.not_ready" | "backups.upload_interrupted" | "backups.upload_offset" | "backups.tus_version" | "backups.upload_too_large" | "backups.range_not_satisfiable" | "backups.expectation_failed" | "backups.upload_locked" | "app.rate_limited" | "backups.upload_checksum" | "app.maintenance_mode" | "backups.storage_unavailable" | "backups.no_space" | "backups.pg_dump_failed" | "backups.encrypt_failed" | "backups.files_failed" | "backups.internal" | "backups.interrupted" | "backups.missing_rights" | "backups.unreadable_names" | "backups.shared_sessions" | "backups.tool_version_mismatch" | "backups.restore.decrypt_failed" | "backups.restore.checksum_mismatch" | "backups.restore.incompatible_version" | "backups.restore.maintenance_failed" | "backups.restore.pg_restore_failed" | "backups.restore.integrity_violation" | "backups.restore.migration_failed" | "backups.restore.database_exists" | "backups.restore.leftovers" | "backups.restore.interrupted" | "backups.restore.rolled_back";
            /** @description What else is known of it. */
            details?: {
                [key: string]: unknown;
            };
            /**
             * @description Key of the web UI’s translation.
             * @example backups.error.notFound
             */
            i18n_key: string;
            /** @description A fixed sentence that reveals nothing of the inside. */
            message: string;
            /** @description Names the log lines of this request. */
            request_id: string;
        };
        ErrorDto: {
            error: components["schemas"]["ErrorContentDto"];
        };
        FileDto: {
            /** @description Why it is not there: what the latest attempt failed with. It is tried again. */
            error_code?: string;
            /**
             * @description `pending` and `copying`: not there yet. `missing`, `changed` and `damaged`: no longer there as it was. `removing` and `expired`: the retention of the storage does not keep it.
             * @example present
             * @enum {string}
             */
            state: "pending" | "copying" | "present" | "missing" | "damaged" | "removing" | "expired" | "changed";
            /**
             * @description `first`, or the name of a further storage.
             * @example first
             */
            storage: string;
            /**
             * Format: date-time
             * @description When it was last read in full and had its checksum.
             */
            verified_at?: string;
        };
        FileVerdictDto: {
            /**
             * @description What retention would do now.
             * @enum {string}
             */
            decision: "keep" | "remove";
            /**
             * @description Why.
             * @example recent
             * @enum {string}
             */
            reason: "pinned" | "imported" | "not_finished" | "recent" | "among_the_last" | "newest_verified" | "daily" | "weekly" | "monthly" | "yearly" | "not_replaced" | "last_run_failed" | "in_use" | "kept_elsewhere" | "only_here" | "expired" | "failed_long_ago";
            /**
             * @description `first`, or the name of a further storage.
             * @example offsite
             */
            storage: string;
        };
        FindingDto: {
            /**
             * @description docs/findings.md lists them.
             * @enum {string}
             */
            code: "server.standby" | "server.older_than_backup" | "server.little_room" | "tools.older_than_dump" | "tools.too_old" | "tools.archive_newer" | "archive.cut_off" | "archive.not_custom" | "archive.unknown_version" | "access.maintenance_database" | "access.new_database" | "connections.role_limit" | "connections.target_limit" | "sessions.shared" | "target.closed" | "target.schema_version_unknown" | "target.older_schema" | "target.prepared_transactions" | "target.foreign_sessions" | "target.sessions_may_stay" | "target.superusers_connected" | "target.superusers_stay" | "target.replication_slot" | "target.subscription_lost" | "target.other_encoding" | "target.objects_of_others" | "target.too_many_locks" | "target.rights_stay" | "extension.unavailable" | "extension.not_loaded" | "extension.elsewhere" | "extension.not_by_swap" | "extension.not_rehearsed" | "extension.superuser_only" | "language.without_handler" | "tablespace.missing" | "tablespace.not_usable" | "role.cannot_create_databases" | "role.does_not_own_target" | "role.time_limit" | "role.setting_of_target" | "role.not_a_member" | "role.default_privileges" | "object.superuser_only" | "object.more_superuser_only" | "function.setting" | "function.more_settings" | "subscription.not_allowed" | "code.of_other_roles" | "kept.needs_swap" | "online.needs_swap" | "reader.unknown" | "reader.superuser" | "reader.inherits_nothing" | "reader.may_stay" | "reader.may_write" | "reader.cannot_make_roles" | "scope.table_missing" | "scope.column_missing" | "scope.is_partition" | "scope.foreign_table" | "scope.event_trigger" | "findings.more" | "files.not_configured" | "files.parent_not_writable" | "files.not_a_directory" | "files.mount_point" | "files.mounted_below" | "files.sticky";
            /**
             * @description It in words.
             * @example the extension postgis is not available on the server
             */
            message: string;
            /**
             * @description What it is about: texts, numbers and lists of texts, of a list the first 100.
             * @example {
             *       "extension": "postgis"
             *     }
             */
            names?: {
                [key: string]: unknown;
            };
            /**
             * @description A `problem` stops a restore, a `warning` does not.
             * @enum {string}
             */
            severity: "problem" | "warning";
        };
        HistoryDto: {
            /** @description Oldest first; of more than 10,000 the newest ones. */
            items: components["schemas"]["PastBackupDto"][];
            /**
             * @description Times of the plan at which all attempts at a backup have failed.
             * @example [
             *       "2026-01-30T02:00:00.000Z"
             *     ]
             */
            missed: string[];
        };
        IntegrityDto: {
            /** @description What people have been told of and is not over. */
            alerts: components["schemas"]["AlertDto"][];
            /** @description Restore tests are scheduled. */
            enabled: boolean;
            /**
             * @description Hours between scheduled tests.
             * @example 168
             */
            interval_hours: number;
            /**
             * @description What is wrong, as a key of the web UI.
             * @example backups.integrity.restoreTestMissing
             */
            last_error_i18n_key?: string;
            /**
             * Format: date-time
             * @description When one last failed.
             */
            last_failed_test_at?: string;
            /**
             * Format: date-time
             * @description When a backup was last proven to be restorable.
             */
            last_proven_restorable_at?: string;
            /**
             * Format: date-time
             * @description When it ended.
             */
            last_restore_test_at?: string;
            /** @description The backup that it rehearsed. */
            last_restore_test_backup_id?: number;
            /** @description The newest restore test that has ended. */
            last_restore_test_id?: number;
            /**
             * @description What became of it.
             * @enum {string}
             */
            last_restore_test_status?: "success" | "failed";
            /**
             * Format: date-time
             * @description When that was finished.
             */
            last_successful_backup_at?: string;
            /** @description The newest good backup. */
            last_successful_backup_id?: number;
            /**
             * Format: date-time
             * @description When a restore test last passed.
             */
            last_successful_test_at?: string;
            /** @description What runs have left; it is tried again until it is gone. */
            leftovers: components["schemas"]["LeftoverDto"][];
            /** @description How long the last passed test took, without migrations. */
            measured_restore_seconds?: number;
            /**
             * Format: date-time
             * @description When the next one is due.
             */
            next_scheduled_test_at?: string;
            /** @description No restore test has passed within the interval. */
            overdue: boolean;
            /**
             * @description `ok`: proven restorable, and not too long ago; docs/operations.md.
             * @enum {string}
             */
            status: "ok" | "warning" | "failed";
        };
        IntegrityItemDto: {
            item: components["schemas"]["IntegrityDto"];
        };
        LeftoverDto: {
            /**
             * @description How often its removal was tried.
             * @example 3
             */
            attempts: number;
            /** @description What an administrator may do about it by hand. */
            command: string;
            /**
             * @description What it is.
             * @enum {string}
             */
            kind: "staging_database" | "scratch_database" | "kept_database" | "readers" | "roles" | "directory" | "files";
            /**
             * @description Its name on the server or in the storage.
             * @example scc_restore_7
             */
            name: string;
            /**
             * Format: date-time
             * @description When its removal is tried again.
             */
            next_attempt_at: string;
            /** @description What was in the way at the latest attempt. */
            reason?: string;
            /**
             * @description The restore run.
             * @example 7
             */
            run_id: number;
            /**
             * Format: date-time
             * @description Since when.
             */
            since: string;
        };
        MeDto: {
            /** @description For `X-CSRF-Token` of callers with a cookie. */
            csrf_token: string;
            /**
             * Format: date-time
             * @description When the token expires.
             * @example 2026-01-31T10:00:00.000Z
             */
            expires_at: string;
            user: components["schemas"]["UserDto"];
        };
        NextRunDto: {
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /**
             * @description By the clocks of the plan’s zone.
             * @example 2026-03-29T03:00:00+03:00
             */
            local: string;
        };
        PastBackupDto: {
            /**
             * Format: date-time
             * @description When it was asked for.
             */
            created_at: string;
            /**
             * @description From the request to the end, waiting included.
             * @example 197.4
             */
            duration_seconds?: number;
            /**
             * @description Id of the backup.
             * @example 12
             */
            id: number;
            /**
             * @description Rows of all tables in it.
             * @example 52310
             */
            rows?: number;
            /** @description Of its file. */
            size_bytes?: number;
            /**
             * @description Made here, or imported.
             * @enum {string}
             */
            source: "local" | "imported";
            /**
             * @description What became of it.
             * @example success
             * @enum {string}
             */
            status: "queued" | "running" | "success" | "failed" | "canceled";
            /**
             * @description Why it was made.
             * @enum {string}
             */
            trigger: "manual" | "scheduled" | "safety" | "import";
            /**
             * Format: date-time
             * @description When it was last proven restorable.
             */
            verified_at?: string;
        };
        PlanDto: {
            /**
             * Format: date-time
             * @description When it was asked for.
             */
            created_at: string;
            /**
             * @description With `cron` the schedule; with every other type for people, following from the other fields.
             * @example 0 2 * * *
             */
            cron_expression: string;
            /** @description Whether backups are made automatically. */
            enabled: boolean;
            /**
             * @description Number of it.
             * @example 1
             */
            id: number;
            /** @description Application files, too. */
            include_files: boolean;
            /**
             * @description Days of which the newest backup stays.
             * @example 0
             */
            keep_daily: number;
            /**
             * @description So many of the newest stay, however old.
             * @example 5
             */
            keep_last_successful: number;
            /**
             * @description Months of which the newest backup stays.
             * @example 0
             */
            keep_monthly: number;
            /**
             * @description Weeks of which the newest backup stays.
             * @example 0
             */
            keep_weekly: number;
            /**
             * @description Years of which the newest backup stays.
             * @example 0
             */
            keep_yearly: number;
            /**
             * Format: date-time
             * @description When the latest successful automatic backup was begun.
             */
            last_auto_run_at?: string;
            /**
             * Format: date-time
             * @description When the next automatic backup begins.
             */
            next_run_at?: string;
            /**
             * @description Days for which a backup stays.
             * @example 30
             */
            retention_days: number;
            /**
             * @description Hour of the day, by the clocks of the zone.
             * @example 2
             */
            schedule_hour: number;
            /**
             * @description Counts for `hourly`.
             * @enum {number}
             */
            schedule_interval_hours: 1 | 2 | 3 | 4 | 6 | 8 | 12;
            /**
             * @description Minute of the hour.
             * @example 0
             */
            schedule_minute: number;
            /**
             * @description For monthly ones: the first or the last day.
             * @enum {string}
             */
            schedule_month_anchor: "start" | "end";
            /**
             * @description IANA name of the zone.
             * @example Europe/Kyiv
             */
            schedule_timezone: string;
            /**
             * @description What kind of schedule it is; docs/plan.md.
             * @enum {string}
             */
            schedule_type: "daily" | "weekly" | "monthly_start" | "monthly_end" | "hourly" | "cron";
            /** @description 0 is Sunday. */
            schedule_weekday: number;
            /**
             * Format: date-time
             * @description When it last changed.
             */
            updated_at: string;
        };
        PlanItemDto: {
            item: components["schemas"]["PlanDto"];
        };
        PlanPreviewDto: {
            /** @description While it is false, the rest is what would be done if the plan were on. */
            enabled: boolean;
            /** @description One that is to be made up for or tried again included. */
            next_runs: components["schemas"]["NextRunDto"][];
            /** @description Every backup, newest first. */
            retention: components["schemas"]["RetentionVerdictDto"][];
        };
        ProgressDto: {
            /** @description Bytes so far. */
            bytes_done: number;
            /** @description Bytes expected, an estimate. */
            bytes_total?: number;
            /** @description Seconds left, an estimate. */
            eta_seconds?: number;
            /**
             * @description How much of it is done.
             * @example 42
             */
            percent: number;
            /**
             * @description What is done now.
             * @example dump
             */
            phase: string;
            /** @description How far each table is, while rows are copied: `phase` is `dump` of a backup, or `data` of a restore. */
            tables?: components["schemas"]["TablesProgressDto"];
        };
        PromoteDto: {
            /** @description Name of the target database; required when the installation asks for confirmation. */
            confirm?: string;
        };
        RefusedReaderDto: {
            /**
             * @description The finding (docs/findings.md).
             * @example reader.may_write
             */
            code: string;
            /** @description Why, in words. */
            message: string;
            /**
             * @description The role.
             * @example auditor
             */
            role: string;
        };
        RescanDto: {
            /** @description Backups made from files that belonged to no backup. */
            adopted: number[];
            /** @description Files whose content equals the file of a backup. They stay without a backup. */
            copies: components["schemas"]["CopyDto"][];
            /**
             * @description What went wrong; absent when nothing did.
             * @example backups.interrupted
             */
            error_code?: string;
            /** @description The same in words. */
            error_message?: string;
            /**
             * Format: date-time
             * @description When it ended.
             */
            finished_at?: string;
            /** @description Backups whose file is gone. */
            missing: number[];
            progress?: components["schemas"]["ProgressDto"];
            /** @description Backups whose file is sealed with another key now. */
            rekeyed: number[];
            /**
             * @description Who asked for it.
             * @example alice
             */
            requested_by: string;
            /**
             * Format: date-time
             * @description When it began.
             */
            started_at: string;
            /**
             * @description How far it is.
             * @enum {string}
             */
            status: "running" | "success" | "failed";
            /** @description What was found in each further storage. */
            storages: components["schemas"]["RescannedStorageDto"][];
            /** @description Files that cannot be adopted or are not what they were. */
            unreadable: components["schemas"]["UnreadableFileDto"][];
            /**
             * Format: date-time
             * @description When it last changed.
             */
            updated_at: string;
        };
        RescanItemDto: {
            item: components["schemas"]["RescanDto"];
        };
        RescannedStorageDto: {
            /** @description Backups made from files there that belonged to no backup. */
            adopted: number[];
            /**
             * @description Why it was not looked at to its end.
             * @example backups.storage_unavailable
             */
            error_code?: string;
            /** @description Backups that have a copy there of which nothing was known. */
            found: number[];
            /**
             * @description Name of the storage.
             * @example near
             */
            storage: string;
        };
        RescanRequestDto: {
            /**
             * @description The one storage that is looked into; all without it. `first` is the one of `BERKUT_BACKUP_PATH`.
             * @example near
             */
            storage?: string;
        };
        RestoreLogDto: {
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description What else is known of it. */
            details?: {
                [key: string]: unknown;
            };
            /**
             * @description How bad it is.
             * @enum {string}
             */
            level: "info" | "error";
            /**
             * @description A dotted name, never free text.
             * @example restore.step.restore_database
             */
            message: string;
        };
        RestoreRunDto: {
            /**
             * @description The backup.
             * @example 12
             */
            artifact_id: number;
            /**
             * Format: date-time
             * @description When it was asked for.
             */
            created_at: string;
            /** @description Whether it is a dry run, which leaves the target as it is. */
            dry_run: boolean;
            /** @description What went wrong; absent when nothing did. */
            error_code?: string;
            /** @description The same in words. */
            error_message?: string;
            /**
             * @description Name of the file in the storage.
             * @example berkut-scc_20260131T020000Z_1f6b0c2a.bscc
             */
            filename?: string;
            /**
             * Format: date-time
             * @description When it ended.
             */
            finished_at?: string;
            /**
             * @description Number of it.
             * @example 12
             */
            id: number;
            /** @description The new database that it makes; the target stays as it is. */
            into?: string;
            /**
             * Format: date-time
             * @description Until when it is kept.
             */
            kept_until?: string;
            /** @description The last 400 lines. */
            logs: components["schemas"]["RestoreLogDto"][];
            /** @description `mode`, `requested_by`, `manifest` (of its tables the 200 largest, and `table_count`), `compatibility`, `steps`, `logs`. */
            meta_json: {
                compatibility?: {
                    [key: string]: unknown;
                } & components["schemas"]["CompatibilityDto"];
            } & {
                [key: string]: unknown;
            };
            /**
             * @description What kind of run it is.
             * @enum {string}
             */
            mode: "verify" | "rehearse" | "restore" | "rollback" | "promote";
            /** @description Whether the backup is loaded while the target is open; absent when not. */
            online?: boolean;
            progress?: components["schemas"]["ProgressDto"];
            /**
             * @description Who asked for it.
             * @example alice
             */
            requested_by: string;
            /**
             * Format: date-time
             * @description Until when the previous database is kept.
             */
            rollback_until?: string;
            /** @description The database that a rehearsal keeps. */
            scratch_database?: string;
            /** @description Roles that may read it until then. */
            scratch_readers?: string[];
            /** @description Roles of BERKUT_BACKUP_SCRATCH_READERS that may not read it. */
            scratch_readers_refused?: components["schemas"]["RefusedReaderDto"][];
            /**
             * @description Size of the file, bytes.
             * @example 1048576
             */
            size_bytes?: number;
            /**
             * @description How far it is; `success`, `failed` and `canceled` are final.
             * @enum {string}
             */
            status: "queued" | "running" | "success" | "failed" | "canceled";
            /** @description In the order in which they are done. */
            steps: components["schemas"]["RestoreStepDto"][];
            /**
             * @description How the database is, or for a dry run would be, replaced.
             * @enum {string}
             */
            strategy?: "swap" | "in_place" | "scoped" | "into";
            /**
             * @description Of a restore of single tables: which, as SQL names them.
             * @example [
             *       "public.docs"
             *     ]
             */
            tables?: string[];
            /**
             * Format: date-time
             * @description When it last changed.
             */
            updated_at: string;
            /** @description Of an online restore: where what is written while it loads goes. */
            written_meanwhile?: string;
        };
        RestoreRunItemDto: {
            item: components["schemas"]["RestoreRunDto"];
        };
        RestoreRunListDto: {
            /** @description Those of this page, newest first. */
            items: components["schemas"]["RestoreRunDto"][];
            /** @description How many there are without limit and offset. */
            total: number;
        };
        RestoreStartedDto: {
            item: components["schemas"]["RestoreRunDto"];
            /**
             * @description Number of the run, to watch it by.
             * @example 3
             */
            restore_id: number;
        };
        RestoreStepDto: {
            /** @description `error` says what was wrong; `problems` and `findings` what the check before a restore found in the way; `cause`, for callers with `backups.restore`, what the server or a program said: `message`, `sqlstate`, `schema`, `table`, `constraint`, `tool`, `errno`. With `skipped` the step was not needed, and `reason` says why. */
            details?: {
                findings?: components["schemas"]["FindingDto"][];
                problems?: string[];
            } & {
                [key: string]: unknown;
            };
            /**
             * Format: date-time
             * @description When it ended.
             */
            finished_at?: string;
            /**
             * @description Empty: show the name.
             * @example backups.restore.step.restore_database
             */
            message_i18n_key: string;
            /**
             * @description Name of the step.
             * @example restore_database
             */
            name: string;
            /**
             * Format: date-time
             * @description When it began.
             */
            started_at?: string;
            /**
             * @description How far it is. The web UI knows no other words.
             * @enum {string}
             */
            status: "queued" | "running" | "success" | "failed" | "canceled";
        };
        RetentionVerdictDto: {
            /** @description The backup. */
            backup_id: number;
            /**
             * @description What retention would do now.
             * @enum {string}
             */
            decision: "keep" | "remove";
            /**
             * @description Why.
             * @example among_the_last
             * @enum {string}
             */
            reason: "pinned" | "imported" | "not_finished" | "recent" | "among_the_last" | "newest_verified" | "daily" | "weekly" | "monthly" | "yearly" | "not_replaced" | "last_run_failed" | "in_use" | "kept_elsewhere" | "only_here" | "expired" | "failed_long_ago";
            /** @description Where there are further storages: each that has the file, or is to have it. */
            storages?: components["schemas"]["FileVerdictDto"][];
        };
        RowsDto: {
            /**
             * @description Names of the columns, in their order.
             * @example [
             *       "id",
             *       "title"
             *     ]
             */
            columns: string[];
            /** @description Values that were too long, and are cut. */
            cut?: components["schemas"]["CutValueDto"][];
            /**
             * @description The table has more rows than these.
             * @example true
             */
            has_more: boolean;
            /**
             * @description By name of the column. Every value is a text, in PostgreSQL's text form, or null.
             * @example [
             *       {
             *         "id": "1",
             *         "title": "A title"
             *       }
             *     ]
             */
            items: {
                [key: string]: string | null;
            }[];
            /**
             * @description The table, as it is written in SQL.
             * @example public.docs
             */
            table: string;
        };
        RunDto: {
            /**
             * @description The backup.
             * @example 12
             */
            artifact_id: number;
            /** @description SHA-256 of the file, hex. */
            checksum?: string;
            /**
             * Format: date-time
             * @description When it was asked for.
             */
            created_at: string;
            /** @description What went wrong; absent when nothing did. */
            error_code?: string;
            /** @description The same in words. */
            error_message?: string;
            /**
             * @description Name of the file in the storage.
             * @example berkut-scc_20260131T020000Z_1f6b0c2a.bscc
             */
            filename?: string;
            /**
             * @description Number of it.
             * @example 12
             */
            id: number;
            /** @description What the container says of itself. */
            meta_json: {
                [key: string]: unknown;
            };
            /**
             * @description Size of the file, bytes.
             * @example 1048576
             */
            size_bytes?: number;
            /**
             * @description How far it is; `success`, `failed` and `canceled` are final.
             * @enum {string}
             */
            status: "queued" | "running" | "success" | "failed" | "canceled";
            /**
             * Format: date-time
             * @description When it last changed.
             */
            updated_at: string;
        };
        ScopeDto: {
            /**
             * @description Its name in `scope`.
             * @example incidents
             */
            name: string;
            /**
             * @description Its tables in schema `public`.
             * @example [
             *       "incidents"
             *     ]
             */
            tables: string[];
        };
        ScopeListDto: {
            /**
             * @description Whether application files are configured (`include_files`).
             * @example false
             */
            has_files: boolean;
            /** @description In the order of the configuration. */
            items: components["schemas"]["ScopeDto"][];
        };
        SessionEndedDto: {
            /**
             * @description A browser goes there to end the session at the OpenID provider, too.
             * @example https://backups.example/api/auth/end-session
             */
            end_session_url?: string;
            /**
             * @description The cookies are gone.
             * @example true
             */
            ok: boolean;
        };
        SignInOptionsDto: {
            /** @description Whether the one-time code that a trial prints is still good. */
            one_time_code: boolean;
            /**
             * @description At the OpenID provider, or with a token that is pasted.
             * @enum {string}
             */
            sign_in: "openid" | "token";
        };
        StartDryRunDto: {
            /**
             * @description As for a restore; a rehearsal that had to leave something out does not count as a proof.
             * @default false
             */
            allow_incomplete: boolean;
            /** @description Keeps the database of a rehearsal for so many hours (`scratch_database`, `kept_until` of the run): it can be looked at, promoted to be the target, or discarded. For rehearsals of whole backups that would be restored by swap; one at a time. Audited. */
            keep_hours?: number;
            /**
             * @description `verify` reads everything; `rehearse` also loads it into a scratch database.
             * @default verify
             * @enum {string}
             */
            mode: "verify" | "rehearse";
        };
        StartRestoreDto: {
            /**
             * @description Indexes, constraints, materialized views, triggers and rights that the database refuses are left out and named in the run (`left_out_incomplete`, foreign keys in `left_out_foreign_keys`), instead of ending it. Rows are never left out. For restores of the whole database: a restore of scopes makes nothing but its foreign keys again, and keeps each. Audited.
             * @default false
             */
            allow_incomplete: boolean;
            /** @description Name of the target database; required when the installation asks for confirmation. */
            confirm?: string;
            /**
             * @description Restores into a new database of that name on the server of the target, which stays what it is: no maintenance, and never over a database that exists. Small letters, digits and underscores. Audited.
             * @example scc_copy
             */
            into?: string;
            /**
             * @description Loads, checks and migrates the backup while the target is open; maintenance is on for the exchange alone. What is written meanwhile goes with the old database into the kept copy. For restores of the whole database by swap; one that would be made in place fails its check. Audited.
             * @default false
             */
            online: boolean;
            /**
             * @description Scopes to restore; the rest of the target stays as it is. To replace the whole database send `["ALL"]`, `confirm`, or `{}` alone. `GET /api/backups/scopes` shows which there are.
             * @example [
             *       "ALL"
             *     ]
             */
            scope?: string[];
            /** @description Why no safety backup is to be made before rows are replaced in place (when the database is too damaged to be dumped), in ten letters or more. Audited. */
            skip_safety_backup_reason?: string;
            /**
             * @description Single tables, each as `schema.table`, quoted as in SQL; outside of quotes `*` stands for any characters. Their rows are replaced in one transaction; everything else stays. Refused with names: what the backup has no rows of, partitions (name their table), and foreign keys that would be left pointing at nothing. Not together with `scope`, `online` or `into`. Audited.
             * @example [
             *       "public.docs",
             *       "public.doc_*"
             *     ]
             */
            tables?: string[];
        };
        StorageDto: {
            /**
             * @description Files of backups in it, bad ones included.
             * @example 30
             */
            files: number;
            /**
             * @description Files that are not what they were.
             * @example 0
             */
            files_damaged: number;
            /**
             * @description Files that were there and are gone.
             * @example 0
             */
            files_missing: number;
            /**
             * @description What it can still take; left out where there is no limit.
             * @example 21474836480
             */
            free_bytes?: number;
            /**
             * @description What it is.
             * @enum {string}
             */
            kind: "directory" | "s3";
            /**
             * @description Name in the configuration; `first` is the one of BERKUT_BACKUP_PATH.
             * @example first
             */
            name: string;
            /**
             * @description Whether it could be written when it was last asked.
             * @example true
             */
            reachable: boolean;
            /**
             * @description Of the files of backups in it.
             * @example 1073741824
             */
            used_bytes: number;
        };
        StorageListDto: {
            /** @description The first one first. */
            items: components["schemas"]["StorageDto"][];
        };
        TableDto: {
            /**
             * @description Size of the table in the database when it was backed up, without its indexes. Not its share of the file.
             * @example 352256
             */
            bytes: number | null;
            /**
             * @description Columns that have values in the backup, in their order. Generated columns have none.
             * @example [
             *       "id",
             *       "title"
             *     ]
             */
            columns: string[] | null;
            /**
             * @description Name, as it is.
             * @example docs
             */
            name: string;
            /**
             * @description Of a partition: the partitioned table at the top. It stands for all of its partitions.
             * @example public.log
             */
            partition_of?: string;
            /**
             * @description Rows in the backup.
             * @example 400
             */
            rows: number | null;
            /**
             * @description Schema, as it is.
             * @example public
             */
            schema: string;
            /**
             * @description Schema and name, quoted as in SQL where that is needed: as `table` of other routes takes it.
             * @example public.docs
             */
            table: string;
            /**
             * @description Size of its rows in the backup as text, unpacked. The file is compressed, and smaller.
             * @example 29172
             */
            text_bytes: number | null;
        };
        TableListDto: {
            /** @description Those of this page, by schema and name. */
            items: components["schemas"]["TableDto"][];
            /** @description How many there are without limit and offset. */
            total: number;
        };
        TableProblemDto: {
            /**
             * @description `changing`: it was rewritten again and again.
             * @enum {string}
             */
            reason: "not_readable" | "locked" | "changing" | "failed";
            /**
             * @description What the server said.
             * @example 42501
             */
            sqlstate?: string;
        };
        TableProgressDto: {
            /** @description Bytes of its rows so far. */
            bytes_done: number;
            /** @description Bytes of all its rows; while a backup is made an estimate. */
            bytes_total: number;
            /**
             * @description Its schema and name.
             * @example public.events
             */
            table: string;
        };
        TablesProgressDto: {
            /** @description Those that are copied now, largest first, 16 at most. */
            current: components["schemas"]["TableProgressDto"][];
            /** @description Tables all of whose rows are there. */
            done: number;
            /** @description Tables of the database, or of the scopes. */
            total: number;
        };
        UnreadableFileDto: {
            /**
             * @description For callers with `backups.restore`: what the system said, as in `error_cause` of a backup.
             * @example {
             *       "where": "storage directory",
             *       "errno": "EIO"
             *     }
             */
            cause?: {
                [key: string]: unknown;
            };
            /**
             * @description Why it cannot be taken.
             * @example backups.decrypt_failed
             */
            error_code: string;
            /** @description Name of the file in the storage. */
            filename: string;
            /**
             * @description Where the code does not say it: name, kind, or owner and mode.
             * @example it cannot be read: it belongs to user 0 and group 0 and has mode 0600
             */
            reason?: string;
            /**
             * @description The further storage that has it; absent for the first one.
             * @example near
             */
            storage?: string;
        };
        UpdateBackupDto: {
            /** @description A name for people; empty for none. */
            label?: string;
            /** @description Retention never removes a pinned backup. */
            pinned?: boolean;
        };
        UpdatePlanDto: {
            /**
             * @description Five fields as in crontab(5), by the clocks of `schedule_timezone`. Counts only with `schedule_type` `cron`, where an empty one keeps the present one; ignored with every other type.
             * @example
             */
            cron_expression?: string;
            /** @description Whether backups are made automatically. */
            enabled?: boolean;
            /** @description Application files, too. */
            include_files?: boolean;
            /**
             * @description The newest backup of each of the last so many days that have one stays.
             * @example 0
             */
            keep_daily?: number;
            /** @description So many of the newest stay, however old. */
            keep_last_successful?: number;
            /**
             * @description The newest backup of each of the last so many months that have one stays.
             * @example 0
             */
            keep_monthly?: number;
            /**
             * @description The newest backup of each of the last so many weeks (Monday to Sunday) that have one stays.
             * @example 0
             */
            keep_weekly?: number;
            /**
             * @description The newest backup of each of the last so many years that have one stays.
             * @example 0
             */
            keep_yearly?: number;
            /** @description Days for which a backup stays. */
            retention_days?: number;
            /** @description Hour of the day, by the clocks of the zone. */
            schedule_hour?: number;
            /**
             * @description For `hourly`: every so many hours, `schedule_hour` being one of them.
             * @enum {number}
             */
            schedule_interval_hours?: 1 | 2 | 3 | 4 | 6 | 8 | 12;
            /** @description Minute of the hour. */
            schedule_minute?: number;
            /**
             * @description Follows from a monthly `schedule_type`.
             * @enum {string}
             */
            schedule_month_anchor?: "start" | "end";
            /**
             * @description IANA name.
             * @example Europe/Kyiv
             */
            schedule_timezone?: string;
            /**
             * @description What kind of schedule it is; docs/plan.md.
             * @enum {string}
             */
            schedule_type?: "daily" | "weekly" | "monthly_start" | "monthly_end" | "hourly" | "cron";
            /** @description 0 is Sunday. */
            schedule_weekday?: number;
        };
        UserDto: {
            /**
             * @description `sub` of the token.
             * @example alice
             */
            id: string;
            /** @description The web UI asks for it; passwords are the provider’s business. */
            password_set: boolean;
            /** @description What these roles may do. */
            permissions: string[];
            /** @description Roles in the token. */
            roles: string[];
            /**
             * @description Name in the token.
             * @example alice
             */
            username: string;
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
    AuditController_list: {
        parameters: {
            query?: {
                /** @description What was asked for. */
                action?: string;
                /** @description Exactly this name. */
                actor?: string;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
                from?: string;
                limit?: number;
                /** @description What became of it. */
                result?: string;
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "seq": 41,
                     *           "at": "2026-01-31T02:00:00.000Z",
                     *           "actor": "alice",
                     *           "actor_roles": [
                     *             "backup_admin"
                     *           ],
                     *           "source_ip": "192.0.2.10",
                     *           "request_id": "3f0f6f0e-2f3c-4d7c-9a53-0d8f2b9d7c11",
                     *           "action": "backups.create",
                     *           "result": "success",
                     *           "resource": "backup/12",
                     *           "details": {},
                     *           "prev_hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *           "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *           "signature": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["AuditPageDto"];
                };
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    AuditController_verify: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "count": 41,
                     *       "head": {
                     *         "seq": 41,
                     *         "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ChainVerdictDto"];
                };
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    SignInController_finish: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The browser goes on to `Location`. */
            302: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    SignInController_endAtProvider: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The browser goes on to `Location`. */
            302: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    SessionController_me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "user": {
                     *         "id": "alice",
                     *         "username": "alice",
                     *         "roles": [
                     *           "backup_admin"
                     *         ],
                     *         "permissions": [
                     *           "backups.read",
                     *           "backups.create"
                     *         ],
                     *         "password_set": false
                     *       },
                     *       "csrf_token": "b3BhcXVlLXRva2Vu",
                     *       "expires_at": "2026-01-31T10:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["MeDto"];
                };
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    SignInController_options: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "sign_in": "openid",
                     *       "one_time_code": false
                     *     }
                     */
                    "application/json": components["schemas"]["SignInOptionsDto"];
                };
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    SessionController_create: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["BeginSessionDto"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "user": {
                     *         "id": "alice",
                     *         "username": "alice",
                     *         "roles": [
                     *           "backup_admin"
                     *         ],
                     *         "permissions": [
                     *           "backups.read",
                     *           "backups.create"
                     *         ],
                     *         "password_set": false
                     *       },
                     *       "csrf_token": "b3BhcXVlLXRva2Vu",
                     *       "expires_at": "2026-01-31T10:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["MeDto"];
                };
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    SessionController_remove: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true
                     *     }
                     */
                    "application/json": components["schemas"]["SessionEndedDto"];
                };
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    SignInController_begin: {
        parameters: {
            query?: {
                /** @description The provider asks for name and password even if it knows the person: to change the account. */
                prompt?: "login";
                /** @description View of the page to come back to: a fragment, so that it leads to no other page. */
                return_to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The browser goes on to `Location`. */
            302: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    BackupsController_list: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
                /** @description Part of a label, a file name or a requester. */
                q?: string;
                sort?: "-created_at" | "created_at" | "-size_bytes" | "size_bytes";
                /** @description Made here, or brought in. */
                source?: "local" | "imported";
                /** @description How far it is; `success`, `failed` and `canceled` are final. */
                status?: "queued" | "running" | "success" | "failed" | "canceled";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": 12,
                     *           "status": "success",
                     *           "size_bytes": 1048576,
                     *           "filename": "berkut-scc_20260131T020000Z_1f6b0c2a.bscc",
                     *           "requested_by": "alice",
                     *           "created_at": "2026-01-31T02:00:00.000Z",
                     *           "updated_at": "2026-01-31T02:03:17.412Z",
                     *           "finished_at": "2026-01-31T02:03:17.412Z",
                     *           "run_id": 12,
                     *           "source": "local",
                     *           "trigger": "manual",
                     *           "checksum": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *           "pinned": false,
                     *           "verified_at": "2026-01-31T02:03:17.412Z",
                     *           "meta_json": {
                     *             "format_version": "2",
                     *             "created_at": "2026-01-31T02:00:00.000Z",
                     *             "app_version": "1.4.0",
                     *             "db_engine": "PostgreSQL 15.18",
                     *             "includes_files": false,
                     *             "backup_scope": [
                     *               "ALL"
                     *             ],
                     *             "entity_counts": {
                     *               "boards": 12,
                     *               "spaces": 3
                     *             },
                     *             "checksums": {
                     *               "schema": {
                     *                 "size": 48213
                     *               },
                     *               "rows/0": {
                     *                 "size": 1048576
                     *               }
                     *             },
                     *             "key_id": "5d41402abc4b2a76",
                     *             "file_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
                     *             "goose_db_version": 42,
                     *             "backup_label": "before the upgrade"
                     *           }
                     *         }
                     *       ],
                     *       "total": 1
                     *     }
                     */
                    "application/json": components["schemas"]["BackupListDto"];
                };
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    BackupsController_create: {
        parameters: {
            query?: never;
            header?: {
                /** @description Asked again with the same key, the same backup. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateBackupDto"];
            };
        };
        responses: {
            /** @description Begun, not done: it runs in the background, and `Location` names the route to watch. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "run": {
                     *         "id": 12,
                     *         "status": "queued",
                     *         "size_bytes": 1048576,
                     *         "filename": "berkut-scc_20260131T020000Z_1f6b0c2a.bscc",
                     *         "created_at": "2026-01-31T02:00:00.000Z",
                     *         "updated_at": "2026-01-31T02:03:17.412Z",
                     *         "checksum": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *         "meta_json": {
                     *           "format_version": "2",
                     *           "created_at": "2026-01-31T02:00:00.000Z",
                     *           "app_version": "1.4.0",
                     *           "db_engine": "PostgreSQL 15.18",
                     *           "includes_files": false,
                     *           "backup_scope": [
                     *             "ALL"
                     *           ],
                     *           "entity_counts": {
                     *             "boards": 12,
                     *             "spaces": 3
                     *           },
                     *           "checksums": {
                     *             "schema": {
                     *               "size": 48213
                     *             },
                     *             "rows/0": {
                     *               "size": 1048576
                     *             }
                     *           },
                     *           "key_id": "5d41402abc4b2a76",
                     *           "file_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
                     *           "goose_db_version": 42,
                     *           "backup_label": "before the upgrade"
                     *         },
                     *         "artifact_id": 12
                     *       },
                     *       "artifact": {
                     *         "id": 12,
                     *         "status": "success",
                     *         "size_bytes": 1048576,
                     *         "filename": "berkut-scc_20260131T020000Z_1f6b0c2a.bscc",
                     *         "requested_by": "alice",
                     *         "created_at": "2026-01-31T02:00:00.000Z",
                     *         "updated_at": "2026-01-31T02:03:17.412Z",
                     *         "finished_at": "2026-01-31T02:03:17.412Z",
                     *         "run_id": 12,
                     *         "source": "local",
                     *         "trigger": "manual",
                     *         "checksum": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *         "pinned": false,
                     *         "verified_at": "2026-01-31T02:03:17.412Z",
                     *         "meta_json": {
                     *           "format_version": "2",
                     *           "created_at": "2026-01-31T02:00:00.000Z",
                     *           "app_version": "1.4.0",
                     *           "db_engine": "PostgreSQL 15.18",
                     *           "includes_files": false,
                     *           "backup_scope": [
                     *             "ALL"
                     *           ],
                     *           "entity_counts": {
                     *             "boards": 12,
                     *             "spaces": 3
                     *           },
                     *           "checksums": {
                     *             "schema": {
                     *               "size": 48213
                     *             },
                     *             "rows/0": {
                     *               "size": 1048576
                     *             }
                     *           },
                     *           "key_id": "5d41402abc4b2a76",
                     *           "file_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
                     *           "goose_db_version": 42,
                     *           "backup_label": "before the upgrade"
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["BackupStartedDto"];
                };
            };
            /**
             * @description `backups.invalid_request`: The request is not valid.
             *
             *     `backups.files_not_configured`: No application files are configured for backups.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.queue_full`: Too many backups wait for their turn; try again when some of them have been made. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    BackupsController_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "item": {
                     *         "id": 12,
                     *         "status": "success",
                     *         "size_bytes": 1048576,
                     *         "filename": "berkut-scc_20260131T020000Z_1f6b0c2a.bscc",
                     *         "requested_by": "alice",
                     *         "created_at": "2026-01-31T02:00:00.000Z",
                     *         "updated_at": "2026-01-31T02:03:17.412Z",
                     *         "finished_at": "2026-01-31T02:03:17.412Z",
                     *         "run_id": 12,
                     *         "source": "local",
                     *         "trigger": "manual",
                     *         "checksum": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *         "pinned": false,
                     *         "verified_at": "2026-01-31T02:03:17.412Z",
                     *         "meta_json": {
                     *           "format_version": "2",
                     *           "created_at": "2026-01-31T02:00:00.000Z",
                     *           "app_version": "1.4.0",
                     *           "db_engine": "PostgreSQL 15.18",
                     *           "includes_files": false,
                     *           "backup_scope": [
                     *             "ALL"
                     *           ],
                     *           "entity_counts": {
                     *             "boards": 12,
                     *             "spaces": 3
                     *           },
                     *           "checksums": {
                     *             "schema": {
                     *               "size": 48213
                     *             },
                     *             "rows/0": {
                     *               "size": 1048576
                     *             }
                     *           },
                     *           "key_id": "5d41402abc4b2a76",
                     *           "file_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
                     *           "goose_db_version": 42,
                     *           "backup_label": "before the upgrade"
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["BackupItemDto"];
                    "text/event-stream": components["schemas"]["BackupItemDto"];
                };
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    BackupsController_remove: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true
                     *     }
                     */
                    "application/json": components["schemas"]["BackupRemovedDto"];
                };
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.file_busy`: The backup is in use.
             *
             *     `backups.file_locked`: The storage keeps the file of the backup until its lock ends.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    BackupsController_update: {
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
                "application/json": components["schemas"]["UpdateBackupDto"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "item": {
                     *         "id": 12,
                     *         "status": "success",
                     *         "size_bytes": 1048576,
                     *         "filename": "berkut-scc_20260131T020000Z_1f6b0c2a.bscc",
                     *         "requested_by": "alice",
                     *         "created_at": "2026-01-31T02:00:00.000Z",
                     *         "updated_at": "2026-01-31T02:03:17.412Z",
                     *         "finished_at": "2026-01-31T02:03:17.412Z",
                     *         "run_id": 12,
                     *         "source": "local",
                     *         "trigger": "manual",
                     *         "checksum": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *         "pinned": false,
                     *         "verified_at": "2026-01-31T02:03:17.412Z",
                     *         "meta_json": {
                     *           "format_version": "2",
                     *           "created_at": "2026-01-31T02:00:00.000Z",
                     *           "app_version": "1.4.0",
                     *           "db_engine": "PostgreSQL 15.18",
                     *           "includes_files": false,
                     *           "backup_scope": [
                     *             "ALL"
                     *           ],
                     *           "entity_counts": {
                     *             "boards": 12,
                     *             "spaces": 3
                     *           },
                     *           "checksums": {
                     *             "schema": {
                     *               "size": 48213
                     *             },
                     *             "rows/0": {
                     *               "size": 1048576
                     *             }
                     *           },
                     *           "key_id": "5d41402abc4b2a76",
                     *           "file_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
                     *           "goose_db_version": 42,
                     *           "backup_label": "before the upgrade"
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["BackupItemDto"];
                };
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    BackupsController_cancel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Asked for: the backup ends soon, and its own route says when it has. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "item": {
                     *         "id": 12,
                     *         "status": "success",
                     *         "size_bytes": 1048576,
                     *         "filename": "berkut-scc_20260131T020000Z_1f6b0c2a.bscc",
                     *         "requested_by": "alice",
                     *         "created_at": "2026-01-31T02:00:00.000Z",
                     *         "updated_at": "2026-01-31T02:03:17.412Z",
                     *         "finished_at": "2026-01-31T02:03:17.412Z",
                     *         "run_id": 12,
                     *         "source": "local",
                     *         "trigger": "manual",
                     *         "checksum": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *         "pinned": false,
                     *         "verified_at": "2026-01-31T02:03:17.412Z",
                     *         "meta_json": {
                     *           "format_version": "2",
                     *           "created_at": "2026-01-31T02:00:00.000Z",
                     *           "app_version": "1.4.0",
                     *           "db_engine": "PostgreSQL 15.18",
                     *           "includes_files": false,
                     *           "backup_scope": [
                     *             "ALL"
                     *           ],
                     *           "entity_counts": {
                     *             "boards": 12,
                     *             "spaces": 3
                     *           },
                     *           "checksums": {
                     *             "schema": {
                     *               "size": 48213
                     *             },
                     *             "rows/0": {
                     *               "size": 1048576
                     *             }
                     *           },
                     *           "key_id": "5d41402abc4b2a76",
                     *           "file_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
                     *           "goose_db_version": 42,
                     *           "backup_label": "before the upgrade"
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["BackupItemDto"];
                };
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.not_ready`: The backup is not finished, or it failed. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    BackupsController_copy: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Begun, not done: it runs in the background, and `Location` names the route to watch. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "item": {
                     *         "id": 12,
                     *         "status": "success",
                     *         "size_bytes": 1048576,
                     *         "filename": "berkut-scc_20260131T020000Z_1f6b0c2a.bscc",
                     *         "requested_by": "alice",
                     *         "created_at": "2026-01-31T02:00:00.000Z",
                     *         "updated_at": "2026-01-31T02:03:17.412Z",
                     *         "finished_at": "2026-01-31T02:03:17.412Z",
                     *         "run_id": 12,
                     *         "source": "local",
                     *         "trigger": "manual",
                     *         "checksum": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *         "pinned": false,
                     *         "verified_at": "2026-01-31T02:03:17.412Z",
                     *         "meta_json": {
                     *           "format_version": "2",
                     *           "created_at": "2026-01-31T02:00:00.000Z",
                     *           "app_version": "1.4.0",
                     *           "db_engine": "PostgreSQL 15.18",
                     *           "includes_files": false,
                     *           "backup_scope": [
                     *             "ALL"
                     *           ],
                     *           "entity_counts": {
                     *             "boards": 12,
                     *             "spaces": 3
                     *           },
                     *           "checksums": {
                     *             "schema": {
                     *               "size": 48213
                     *             },
                     *             "rows/0": {
                     *               "size": 1048576
                     *             }
                     *           },
                     *           "key_id": "5d41402abc4b2a76",
                     *           "file_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
                     *           "goose_db_version": 42,
                     *           "backup_label": "before the upgrade"
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["BackupItemDto"];
                };
            };
            /**
             * @description `backups.invalid_request`: The request is not valid.
             *
             *     `backups.copies_not_configured`: No further storages are configured for copies.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.not_ready`: The backup is not finished, or it failed. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    BackupsController_download: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            /** @description The range that was asked for. */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            /** @description The caller has it: `If-None-Match` names its `ETag`. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description `backups.invalid_request`: The request is not valid.
             *
             *     `backups.checksum_mismatch`: The backup does not have the recorded checksum or size.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.not_found`: There is no such thing.
             *
             *     `backups.file_missing`: The file of the backup is gone.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.not_ready`: The backup is not finished, or it failed.
             *
             *     `backups.file_busy`: The backup is in use.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.range_not_satisfiable`: The file is shorter than that. */
            416: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    RestoreController_start: {
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
                "application/json": components["schemas"]["StartRestoreDto"];
            };
        };
        responses: {
            /** @description Begun, not done: it runs in the background, and `Location` names the route to watch. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "restore_id": 3,
                     *       "item": {
                     *         "id": 3,
                     *         "status": "success",
                     *         "size_bytes": 1048576,
                     *         "filename": "berkut-scc_20260131T020000Z_1f6b0c2a.bscc",
                     *         "requested_by": "alice",
                     *         "created_at": "2026-01-31T02:00:00.000Z",
                     *         "updated_at": "2026-01-31T02:03:17.412Z",
                     *         "finished_at": "2026-01-31T02:03:17.412Z",
                     *         "artifact_id": 12,
                     *         "dry_run": false,
                     *         "mode": "restore",
                     *         "strategy": "swap",
                     *         "steps": [
                     *           {
                     *             "name": "restore_database",
                     *             "status": "success",
                     *             "started_at": "2026-01-31T02:00:00.000Z",
                     *             "finished_at": "2026-01-31T02:03:17.412Z",
                     *             "message_i18n_key": "backups.restore.step.restore_database",
                     *             "details": {}
                     *           }
                     *         ],
                     *         "logs": [
                     *           {
                     *             "at": "2026-01-31T02:00:00.000Z",
                     *             "level": "info",
                     *             "message": "restore.step.restore_database",
                     *             "details": {}
                     *           }
                     *         ],
                     *         "rollback_until": "2026-02-01T02:03:17.412Z",
                     *         "meta_json": {
                     *           "format_version": "2",
                     *           "created_at": "2026-01-31T02:00:00.000Z",
                     *           "app_version": "1.4.0",
                     *           "db_engine": "PostgreSQL 15.18",
                     *           "includes_files": false,
                     *           "backup_scope": [
                     *             "ALL"
                     *           ],
                     *           "entity_counts": {
                     *             "boards": 12,
                     *             "spaces": 3
                     *           },
                     *           "checksums": {
                     *             "schema": {
                     *               "size": 48213
                     *             },
                     *             "rows/0": {
                     *               "size": 1048576
                     *             }
                     *           },
                     *           "key_id": "5d41402abc4b2a76",
                     *           "file_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
                     *           "goose_db_version": 42,
                     *           "backup_label": "before the upgrade"
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["RestoreStartedDto"];
                };
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.not_ready`: The backup is not finished, or it failed.
             *
             *     `backups.file_busy`: The backup is in use.
             *
             *     `backups.concurrent_operation`: Another operation is in the way; try again when it has ended.
             *
             *     `backups.restore.database_exists`: A database of that name exists already; a restore never replaces one that it was not told to replace.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    RestoreController_startDryRun: {
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
                "application/json": components["schemas"]["StartDryRunDto"];
            };
        };
        responses: {
            /** @description Begun, not done: it runs in the background, and `Location` names the route to watch. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "restore_id": 3,
                     *       "item": {
                     *         "id": 3,
                     *         "status": "success",
                     *         "size_bytes": 1048576,
                     *         "filename": "berkut-scc_20260131T020000Z_1f6b0c2a.bscc",
                     *         "requested_by": "alice",
                     *         "created_at": "2026-01-31T02:00:00.000Z",
                     *         "updated_at": "2026-01-31T02:03:17.412Z",
                     *         "finished_at": "2026-01-31T02:03:17.412Z",
                     *         "artifact_id": 12,
                     *         "dry_run": false,
                     *         "mode": "restore",
                     *         "strategy": "swap",
                     *         "steps": [
                     *           {
                     *             "name": "restore_database",
                     *             "status": "success",
                     *             "started_at": "2026-01-31T02:00:00.000Z",
                     *             "finished_at": "2026-01-31T02:03:17.412Z",
                     *             "message_i18n_key": "backups.restore.step.restore_database",
                     *             "details": {}
                     *           }
                     *         ],
                     *         "logs": [
                     *           {
                     *             "at": "2026-01-31T02:00:00.000Z",
                     *             "level": "info",
                     *             "message": "restore.step.restore_database",
                     *             "details": {}
                     *           }
                     *         ],
                     *         "rollback_until": "2026-02-01T02:03:17.412Z",
                     *         "meta_json": {
                     *           "format_version": "2",
                     *           "created_at": "2026-01-31T02:00:00.000Z",
                     *           "app_version": "1.4.0",
                     *           "db_engine": "PostgreSQL 15.18",
                     *           "includes_files": false,
                     *           "backup_scope": [
                     *             "ALL"
                     *           ],
                     *           "entity_counts": {
                     *             "boards": 12,
                     *             "spaces": 3
                     *           },
                     *           "checksums": {
                     *             "schema": {
                     *               "size": 48213
                     *             },
                     *             "rows/0": {
                     *               "size": 1048576
                     *             }
                     *           },
                     *           "key_id": "5d41402abc4b2a76",
                     *           "file_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
                     *           "goose_db_version": 42,
                     *           "backup_label": "before the upgrade"
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["RestoreStartedDto"];
                };
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.not_ready`: The backup is not finished, or it failed.
             *
             *     `backups.file_busy`: The backup is in use.
             *
             *     `backups.concurrent_operation`: Another operation is in the way; try again when it has ended.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    ContentsController_rows: {
        parameters: {
            query: {
                limit?: number;
                /** @description Schema and name of a table, or the name alone where no other schema has it. Quoted as in SQL: `public."Odd name"`. */
                table: string;
            };
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "table": "public.docs",
                     *       "columns": [
                     *         "id",
                     *         "title"
                     *       ],
                     *       "items": [
                     *         {
                     *           "id": "1",
                     *           "title": "A title"
                     *         }
                     *       ],
                     *       "has_more": true,
                     *       "cut": [
                     *         {
                     *           "item": 0,
                     *           "column": "content"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["RowsDto"];
                };
            };
            /**
             * @description `backups.invalid_request`: The request is not valid.
             *
             *     `backups.decrypt_failed`: The backup cannot be decrypted: its key is not known here, or it was changed.
             *
             *     `backups.checksum_mismatch`: The backup does not have the recorded checksum or size.
             *
             *     `backups.invalid_format`: The file is not a complete backup in a known format.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.not_found`: There is no such thing.
             *
             *     `backups.file_missing`: The file of the backup is gone.
             *
             *     `backups.table_not_found`: The backup has no rows of that table, or several such tables: `GET /api/backups/{id}/tables` lists those that it has.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.not_ready`: The backup is not finished, or it failed.
             *
             *     `backups.file_busy`: The backup is in use.
             *
             *     `backups.concurrent_operation`: Another operation is in the way; try again when it has ended.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.internal`: Something went wrong inside the service.
             *
             *     `backups.tool_version_mismatch`: The PostgreSQL client tools are missing, or their version does not fit the server.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    ContentsController_sql: {
        parameters: {
            query?: {
                /** @description Schema and name of a table, or the name alone where no other schema has it. Quoted as in SQL: `public."Odd name"`. Without it the whole database. */
                table?: string;
            };
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/sql": string;
                };
            };
            /**
             * @description `backups.invalid_request`: The request is not valid.
             *
             *     `backups.decrypt_failed`: The backup cannot be decrypted: its key is not known here, or it was changed.
             *
             *     `backups.checksum_mismatch`: The backup does not have the recorded checksum or size.
             *
             *     `backups.invalid_format`: The file is not a complete backup in a known format.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.not_found`: There is no such thing.
             *
             *     `backups.file_missing`: The file of the backup is gone.
             *
             *     `backups.table_not_found`: The backup has no rows of that table, or several such tables: `GET /api/backups/{id}/tables` lists those that it has.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.not_ready`: The backup is not finished, or it failed.
             *
             *     `backups.file_busy`: The backup is in use.
             *
             *     `backups.concurrent_operation`: Another operation is in the way; try again when it has ended.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.internal`: Something went wrong inside the service.
             *
             *     `backups.tool_version_mismatch`: The PostgreSQL client tools are missing, or their version does not fit the server.
             */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    ContentsController_tables: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
                /** @description Part of `schema.name`, in any case. */
                q?: string;
            };
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "table": "public.docs",
                     *           "schema": "public",
                     *           "name": "docs",
                     *           "rows": 400,
                     *           "bytes": 352256,
                     *           "text_bytes": 29172,
                     *           "columns": [
                     *             "id",
                     *             "title"
                     *           ],
                     *           "partition_of": "public.log"
                     *         }
                     *       ],
                     *       "total": 1
                     *     }
                     */
                    "application/json": components["schemas"]["TableListDto"];
                };
            };
            /**
             * @description `backups.invalid_request`: The request is not valid.
             *
             *     `backups.decrypt_failed`: The backup cannot be decrypted: its key is not known here, or it was changed.
             *
             *     `backups.checksum_mismatch`: The backup does not have the recorded checksum or size.
             *
             *     `backups.invalid_format`: The file is not a complete backup in a known format.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.not_found`: There is no such thing.
             *
             *     `backups.file_missing`: The file of the backup is gone.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.not_ready`: The backup is not finished, or it failed.
             *
             *     `backups.file_busy`: The backup is in use.
             *
             *     `backups.concurrent_operation`: Another operation is in the way; try again when it has ended.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    RestoreController_verify: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Begun, not done: it runs in the background, and `Location` names the route to watch. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "restore_id": 3,
                     *       "item": {
                     *         "id": 3,
                     *         "status": "success",
                     *         "size_bytes": 1048576,
                     *         "filename": "berkut-scc_20260131T020000Z_1f6b0c2a.bscc",
                     *         "requested_by": "alice",
                     *         "created_at": "2026-01-31T02:00:00.000Z",
                     *         "updated_at": "2026-01-31T02:03:17.412Z",
                     *         "finished_at": "2026-01-31T02:03:17.412Z",
                     *         "artifact_id": 12,
                     *         "dry_run": false,
                     *         "mode": "restore",
                     *         "strategy": "swap",
                     *         "steps": [
                     *           {
                     *             "name": "restore_database",
                     *             "status": "success",
                     *             "started_at": "2026-01-31T02:00:00.000Z",
                     *             "finished_at": "2026-01-31T02:03:17.412Z",
                     *             "message_i18n_key": "backups.restore.step.restore_database",
                     *             "details": {}
                     *           }
                     *         ],
                     *         "logs": [
                     *           {
                     *             "at": "2026-01-31T02:00:00.000Z",
                     *             "level": "info",
                     *             "message": "restore.step.restore_database",
                     *             "details": {}
                     *           }
                     *         ],
                     *         "rollback_until": "2026-02-01T02:03:17.412Z",
                     *         "meta_json": {
                     *           "format_version": "2",
                     *           "created_at": "2026-01-31T02:00:00.000Z",
                     *           "app_version": "1.4.0",
                     *           "db_engine": "PostgreSQL 15.18",
                     *           "includes_files": false,
                     *           "backup_scope": [
                     *             "ALL"
                     *           ],
                     *           "entity_counts": {
                     *             "boards": 12,
                     *             "spaces": 3
                     *           },
                     *           "checksums": {
                     *             "schema": {
                     *               "size": 48213
                     *             },
                     *             "rows/0": {
                     *               "size": 1048576
                     *             }
                     *           },
                     *           "key_id": "5d41402abc4b2a76",
                     *           "file_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
                     *           "goose_db_version": 42,
                     *           "backup_label": "before the upgrade"
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["RestoreStartedDto"];
                };
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.not_ready`: The backup is not finished, or it failed.
             *
             *     `backups.file_busy`: The backup is in use.
             *
             *     `backups.concurrent_operation`: Another operation is in the way; try again when it has ended.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    OverviewController_history: {
        parameters: {
            query?: {
                /** @description How far back, days. */
                days?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": 12,
                     *           "created_at": "2026-01-31T02:00:00.000Z",
                     *           "status": "success",
                     *           "source": "local",
                     *           "trigger": "manual",
                     *           "verified_at": "2026-01-31T02:03:17.412Z",
                     *           "rows": 52310,
                     *           "size_bytes": 1048576,
                     *           "duration_seconds": 197.4
                     *         }
                     *       ],
                     *       "missed": [
                     *         "2026-01-30T02:00:00.000Z"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["HistoryDto"];
                };
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    BackupsController_import: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /** Format: binary */
                    file: string;
                };
            };
        };
        responses: {
            /** @description The same file is there already: its backup. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "item": {
                     *         "id": 12,
                     *         "status": "success",
                     *         "size_bytes": 1048576,
                     *         "filename": "berkut-scc_20260131T020000Z_1f6b0c2a.bscc",
                     *         "requested_by": "alice",
                     *         "created_at": "2026-01-31T02:00:00.000Z",
                     *         "updated_at": "2026-01-31T02:03:17.412Z",
                     *         "finished_at": "2026-01-31T02:03:17.412Z",
                     *         "run_id": 12,
                     *         "source": "local",
                     *         "trigger": "manual",
                     *         "checksum": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *         "pinned": false,
                     *         "verified_at": "2026-01-31T02:03:17.412Z",
                     *         "meta_json": {
                     *           "format_version": "2",
                     *           "created_at": "2026-01-31T02:00:00.000Z",
                     *           "app_version": "1.4.0",
                     *           "db_engine": "PostgreSQL 15.18",
                     *           "includes_files": false,
                     *           "backup_scope": [
                     *             "ALL"
                     *           ],
                     *           "entity_counts": {
                     *             "boards": 12,
                     *             "spaces": 3
                     *           },
                     *           "checksums": {
                     *             "schema": {
                     *               "size": 48213
                     *             },
                     *             "rows/0": {
                     *               "size": 1048576
                     *             }
                     *           },
                     *           "key_id": "5d41402abc4b2a76",
                     *           "file_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
                     *           "goose_db_version": 42,
                     *           "backup_label": "before the upgrade"
                     *         }
                     *       },
                     *       "warnings": []
                     *     }
                     */
                    "application/json": components["schemas"]["BackupImportedDto"];
                };
            };
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "item": {
                     *         "id": 12,
                     *         "status": "success",
                     *         "size_bytes": 1048576,
                     *         "filename": "berkut-scc_20260131T020000Z_1f6b0c2a.bscc",
                     *         "requested_by": "alice",
                     *         "created_at": "2026-01-31T02:00:00.000Z",
                     *         "updated_at": "2026-01-31T02:03:17.412Z",
                     *         "finished_at": "2026-01-31T02:03:17.412Z",
                     *         "run_id": 12,
                     *         "source": "local",
                     *         "trigger": "manual",
                     *         "checksum": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *         "pinned": false,
                     *         "verified_at": "2026-01-31T02:03:17.412Z",
                     *         "meta_json": {
                     *           "format_version": "2",
                     *           "created_at": "2026-01-31T02:00:00.000Z",
                     *           "app_version": "1.4.0",
                     *           "db_engine": "PostgreSQL 15.18",
                     *           "includes_files": false,
                     *           "backup_scope": [
                     *             "ALL"
                     *           ],
                     *           "entity_counts": {
                     *             "boards": 12,
                     *             "spaces": 3
                     *           },
                     *           "checksums": {
                     *             "schema": {
                     *               "size": 48213
                     *             },
                     *             "rows/0": {
                     *               "size": 1048576
                     *             }
                     *           },
                     *           "key_id": "5d41402abc4b2a76",
                     *           "file_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
                     *           "goose_db_version": 42,
                     *           "backup_label": "before the upgrade"
                     *         }
                     *       },
                     *       "warnings": []
                     *     }
                     */
                    "application/json": components["schemas"]["BackupImportedDto"];
                };
            };
            /**
             * @description `backups.invalid_request`: The request is not valid.
             *
             *     `backups.invalid_format`: The file is not a complete backup in a known format.
             *
             *     `backups.decrypt_failed`: The backup cannot be decrypted: its key is not known here, or it was changed.
             *
             *     `backups.checksum_mismatch`: The backup does not have the recorded checksum or size.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.concurrent_operation`: Another operation is in the way; try again when it has ended. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.upload_too_large`: The request body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.no_space`: There is not enough space. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    IntegrityController_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "item": {
                     *         "status": "ok",
                     *         "enabled": true,
                     *         "interval_hours": 168,
                     *         "overdue": false,
                     *         "last_successful_backup_id": 12,
                     *         "last_successful_backup_at": "2026-01-31T02:00:00.000Z",
                     *         "last_restore_test_id": 4,
                     *         "last_restore_test_backup_id": 12,
                     *         "last_restore_test_at": "2026-01-31T02:03:17.412Z",
                     *         "last_restore_test_status": "success",
                     *         "last_successful_test_at": "2026-01-31T02:03:17.412Z",
                     *         "next_scheduled_test_at": "2026-02-01T00:00:00.000Z",
                     *         "last_proven_restorable_at": "2026-01-31T02:03:17.412Z",
                     *         "measured_restore_seconds": 42,
                     *         "alerts": [],
                     *         "leftovers": []
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["IntegrityItemDto"];
                };
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    IntegrityController_run: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Begun, not done: it runs in the background, and `Location` names the route to watch. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "restore_id": 3,
                     *       "item": {
                     *         "id": 3,
                     *         "status": "success",
                     *         "size_bytes": 1048576,
                     *         "filename": "berkut-scc_20260131T020000Z_1f6b0c2a.bscc",
                     *         "requested_by": "alice",
                     *         "created_at": "2026-01-31T02:00:00.000Z",
                     *         "updated_at": "2026-01-31T02:03:17.412Z",
                     *         "finished_at": "2026-01-31T02:03:17.412Z",
                     *         "artifact_id": 12,
                     *         "dry_run": false,
                     *         "mode": "restore",
                     *         "strategy": "swap",
                     *         "steps": [
                     *           {
                     *             "name": "restore_database",
                     *             "status": "success",
                     *             "started_at": "2026-01-31T02:00:00.000Z",
                     *             "finished_at": "2026-01-31T02:03:17.412Z",
                     *             "message_i18n_key": "backups.restore.step.restore_database",
                     *             "details": {}
                     *           }
                     *         ],
                     *         "logs": [
                     *           {
                     *             "at": "2026-01-31T02:00:00.000Z",
                     *             "level": "info",
                     *             "message": "restore.step.restore_database",
                     *             "details": {}
                     *           }
                     *         ],
                     *         "rollback_until": "2026-02-01T02:03:17.412Z",
                     *         "meta_json": {
                     *           "format_version": "2",
                     *           "created_at": "2026-01-31T02:00:00.000Z",
                     *           "app_version": "1.4.0",
                     *           "db_engine": "PostgreSQL 15.18",
                     *           "includes_files": false,
                     *           "backup_scope": [
                     *             "ALL"
                     *           ],
                     *           "entity_counts": {
                     *             "boards": 12,
                     *             "spaces": 3
                     *           },
                     *           "checksums": {
                     *             "schema": {
                     *               "size": 48213
                     *             },
                     *             "rows/0": {
                     *               "size": 1048576
                     *             }
                     *           },
                     *           "key_id": "5d41402abc4b2a76",
                     *           "file_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
                     *           "goose_db_version": 42,
                     *           "backup_label": "before the upgrade"
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["RestoreStartedDto"];
                };
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.not_ready`: The backup is not finished, or it failed.
             *
             *     `backups.concurrent_operation`: Another operation is in the way; try again when it has ended.
             *
             *     `backups.file_busy`: The backup is in use.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    PlanController_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "item": {
                     *         "id": 1,
                     *         "enabled": true,
                     *         "schedule_type": "daily",
                     *         "schedule_interval_hours": 1,
                     *         "schedule_weekday": 0,
                     *         "schedule_month_anchor": "start",
                     *         "schedule_hour": 2,
                     *         "schedule_minute": 0,
                     *         "schedule_timezone": "Europe/Kyiv",
                     *         "cron_expression": "0 2 * * *",
                     *         "retention_days": 30,
                     *         "keep_last_successful": 5,
                     *         "keep_daily": 0,
                     *         "keep_weekly": 0,
                     *         "keep_monthly": 0,
                     *         "keep_yearly": 0,
                     *         "include_files": false,
                     *         "last_auto_run_at": "2026-01-31T02:00:00.000Z",
                     *         "next_run_at": "2026-02-01T00:00:00.000Z",
                     *         "created_at": "2026-01-31T02:00:00.000Z",
                     *         "updated_at": "2026-01-31T02:03:17.412Z"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["PlanItemDto"];
                };
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    PlanController_update: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdatePlanDto"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "item": {
                     *         "id": 1,
                     *         "enabled": true,
                     *         "schedule_type": "daily",
                     *         "schedule_interval_hours": 1,
                     *         "schedule_weekday": 0,
                     *         "schedule_month_anchor": "start",
                     *         "schedule_hour": 2,
                     *         "schedule_minute": 0,
                     *         "schedule_timezone": "Europe/Kyiv",
                     *         "cron_expression": "0 2 * * *",
                     *         "retention_days": 30,
                     *         "keep_last_successful": 5,
                     *         "keep_daily": 0,
                     *         "keep_weekly": 0,
                     *         "keep_monthly": 0,
                     *         "keep_yearly": 0,
                     *         "include_files": false,
                     *         "last_auto_run_at": "2026-01-31T02:00:00.000Z",
                     *         "next_run_at": "2026-02-01T00:00:00.000Z",
                     *         "created_at": "2026-01-31T02:00:00.000Z",
                     *         "updated_at": "2026-01-31T02:03:17.412Z"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["PlanItemDto"];
                };
            };
            /**
             * @description `backups.invalid_request`: The request is not valid.
             *
             *     `backups.plan.invalid`: The plan is not valid.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    PlanController_disable: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "item": {
                     *         "id": 1,
                     *         "enabled": true,
                     *         "schedule_type": "daily",
                     *         "schedule_interval_hours": 1,
                     *         "schedule_weekday": 0,
                     *         "schedule_month_anchor": "start",
                     *         "schedule_hour": 2,
                     *         "schedule_minute": 0,
                     *         "schedule_timezone": "Europe/Kyiv",
                     *         "cron_expression": "0 2 * * *",
                     *         "retention_days": 30,
                     *         "keep_last_successful": 5,
                     *         "keep_daily": 0,
                     *         "keep_weekly": 0,
                     *         "keep_monthly": 0,
                     *         "keep_yearly": 0,
                     *         "include_files": false,
                     *         "last_auto_run_at": "2026-01-31T02:00:00.000Z",
                     *         "next_run_at": "2026-02-01T00:00:00.000Z",
                     *         "created_at": "2026-01-31T02:00:00.000Z",
                     *         "updated_at": "2026-01-31T02:03:17.412Z"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["PlanItemDto"];
                };
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    PlanController_enable: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "item": {
                     *         "id": 1,
                     *         "enabled": true,
                     *         "schedule_type": "daily",
                     *         "schedule_interval_hours": 1,
                     *         "schedule_weekday": 0,
                     *         "schedule_month_anchor": "start",
                     *         "schedule_hour": 2,
                     *         "schedule_minute": 0,
                     *         "schedule_timezone": "Europe/Kyiv",
                     *         "cron_expression": "0 2 * * *",
                     *         "retention_days": 30,
                     *         "keep_last_successful": 5,
                     *         "keep_daily": 0,
                     *         "keep_weekly": 0,
                     *         "keep_monthly": 0,
                     *         "keep_yearly": 0,
                     *         "include_files": false,
                     *         "last_auto_run_at": "2026-01-31T02:00:00.000Z",
                     *         "next_run_at": "2026-02-01T00:00:00.000Z",
                     *         "created_at": "2026-01-31T02:00:00.000Z",
                     *         "updated_at": "2026-01-31T02:03:17.412Z"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["PlanItemDto"];
                };
            };
            /**
             * @description `backups.invalid_request`: The request is not valid.
             *
             *     `backups.plan.invalid`: The plan is not valid.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    PlanController_preview: {
        parameters: {
            query?: {
                runs?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "enabled": true,
                     *       "next_runs": [
                     *         {
                     *           "at": "2026-01-31T02:00:00.000Z",
                     *           "local": "2026-03-29T03:00:00+03:00"
                     *         }
                     *       ],
                     *       "retention": [
                     *         {
                     *           "backup_id": 12,
                     *           "decision": "keep",
                     *           "reason": "database \"scc_restore_7\" is being accessed by other users",
                     *           "storages": [
                     *             {
                     *               "storage": "offsite",
                     *               "decision": "keep",
                     *               "reason": "database \"scc_restore_7\" is being accessed by other users"
                     *             }
                     *           ]
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["PlanPreviewDto"];
                };
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    PlanController_previewDraft: {
        parameters: {
            query?: {
                runs?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdatePlanDto"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "enabled": true,
                     *       "next_runs": [
                     *         {
                     *           "at": "2026-01-31T02:00:00.000Z",
                     *           "local": "2026-03-29T03:00:00+03:00"
                     *         }
                     *       ],
                     *       "retention": [
                     *         {
                     *           "backup_id": 12,
                     *           "decision": "keep",
                     *           "reason": "database \"scc_restore_7\" is being accessed by other users",
                     *           "storages": [
                     *             {
                     *               "storage": "offsite",
                     *               "decision": "keep",
                     *               "reason": "database \"scc_restore_7\" is being accessed by other users"
                     *             }
                     *           ]
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["PlanPreviewDto"];
                };
            };
            /**
             * @description `backups.invalid_request`: The request is not valid.
             *
             *     `backups.plan.invalid`: The plan is not valid.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    BackupsController_latestRescan: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "item": {
                     *         "status": "success",
                     *         "requested_by": "alice",
                     *         "adopted": [
                     *           13
                     *         ],
                     *         "missing": [],
                     *         "rekeyed": [],
                     *         "copies": [],
                     *         "storages": [
                     *           {
                     *             "storage": "near",
                     *             "adopted": [
                     *               13
                     *             ],
                     *             "found": [
                     *               1
                     *             ]
                     *           }
                     *         ],
                     *         "unreadable": [],
                     *         "started_at": "2026-01-31T02:00:00.000Z",
                     *         "updated_at": "2026-01-31T02:03:17.412Z",
                     *         "finished_at": "2026-01-31T02:03:17.412Z"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["RescanItemDto"];
                };
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    BackupsController_rescan: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RescanRequestDto"];
            };
        };
        responses: {
            /** @description Begun, not done: it runs in the background, and `Location` names the route to watch. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "item": {
                     *         "status": "success",
                     *         "requested_by": "alice",
                     *         "adopted": [
                     *           13
                     *         ],
                     *         "missing": [],
                     *         "rekeyed": [],
                     *         "copies": [],
                     *         "storages": [
                     *           {
                     *             "storage": "near",
                     *             "adopted": [
                     *               13
                     *             ],
                     *             "found": [
                     *               1
                     *             ]
                     *           }
                     *         ],
                     *         "unreadable": [],
                     *         "started_at": "2026-01-31T02:00:00.000Z",
                     *         "updated_at": "2026-01-31T02:03:17.412Z",
                     *         "finished_at": "2026-01-31T02:03:17.412Z"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["RescanItemDto"];
                };
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.concurrent_operation`: Another operation is in the way; try again when it has ended. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    RestoreController_list: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": 3,
                     *           "status": "success",
                     *           "size_bytes": 1048576,
                     *           "filename": "berkut-scc_20260131T020000Z_1f6b0c2a.bscc",
                     *           "requested_by": "alice",
                     *           "created_at": "2026-01-31T02:00:00.000Z",
                     *           "updated_at": "2026-01-31T02:03:17.412Z",
                     *           "finished_at": "2026-01-31T02:03:17.412Z",
                     *           "artifact_id": 12,
                     *           "dry_run": false,
                     *           "mode": "restore",
                     *           "strategy": "swap",
                     *           "steps": [
                     *             {
                     *               "name": "restore_database",
                     *               "status": "success",
                     *               "started_at": "2026-01-31T02:00:00.000Z",
                     *               "finished_at": "2026-01-31T02:03:17.412Z",
                     *               "message_i18n_key": "backups.restore.step.restore_database",
                     *               "details": {}
                     *             }
                     *           ],
                     *           "logs": [
                     *             {
                     *               "at": "2026-01-31T02:00:00.000Z",
                     *               "level": "info",
                     *               "message": "restore.step.restore_database",
                     *               "details": {}
                     *             }
                     *           ],
                     *           "rollback_until": "2026-02-01T02:03:17.412Z",
                     *           "meta_json": {
                     *             "format_version": "2",
                     *             "created_at": "2026-01-31T02:00:00.000Z",
                     *             "app_version": "1.4.0",
                     *             "db_engine": "PostgreSQL 15.18",
                     *             "includes_files": false,
                     *             "backup_scope": [
                     *               "ALL"
                     *             ],
                     *             "entity_counts": {
                     *               "boards": 12,
                     *               "spaces": 3
                     *             },
                     *             "checksums": {
                     *               "schema": {
                     *                 "size": 48213
                     *               },
                     *               "rows/0": {
                     *                 "size": 1048576
                     *               }
                     *             },
                     *             "key_id": "5d41402abc4b2a76",
                     *             "file_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
                     *             "goose_db_version": 42,
                     *             "backup_label": "before the upgrade"
                     *           }
                     *         }
                     *       ],
                     *       "total": 1
                     *     }
                     */
                    "application/json": components["schemas"]["RestoreRunListDto"];
                };
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    RestoreController_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "item": {
                     *         "id": 3,
                     *         "status": "success",
                     *         "size_bytes": 1048576,
                     *         "filename": "berkut-scc_20260131T020000Z_1f6b0c2a.bscc",
                     *         "requested_by": "alice",
                     *         "created_at": "2026-01-31T02:00:00.000Z",
                     *         "updated_at": "2026-01-31T02:03:17.412Z",
                     *         "finished_at": "2026-01-31T02:03:17.412Z",
                     *         "artifact_id": 12,
                     *         "dry_run": false,
                     *         "mode": "restore",
                     *         "strategy": "swap",
                     *         "steps": [
                     *           {
                     *             "name": "restore_database",
                     *             "status": "success",
                     *             "started_at": "2026-01-31T02:00:00.000Z",
                     *             "finished_at": "2026-01-31T02:03:17.412Z",
                     *             "message_i18n_key": "backups.restore.step.restore_database",
                     *             "details": {}
                     *           }
                     *         ],
                     *         "logs": [
                     *           {
                     *             "at": "2026-01-31T02:00:00.000Z",
                     *             "level": "info",
                     *             "message": "restore.step.restore_database",
                     *             "details": {}
                     *           }
                     *         ],
                     *         "rollback_until": "2026-02-01T02:03:17.412Z",
                     *         "meta_json": {
                     *           "format_version": "2",
                     *           "created_at": "2026-01-31T02:00:00.000Z",
                     *           "app_version": "1.4.0",
                     *           "db_engine": "PostgreSQL 15.18",
                     *           "includes_files": false,
                     *           "backup_scope": [
                     *             "ALL"
                     *           ],
                     *           "entity_counts": {
                     *             "boards": 12,
                     *             "spaces": 3
                     *           },
                     *           "checksums": {
                     *             "schema": {
                     *               "size": 48213
                     *             },
                     *             "rows/0": {
                     *               "size": 1048576
                     *             }
                     *           },
                     *           "key_id": "5d41402abc4b2a76",
                     *           "file_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
                     *           "goose_db_version": 42,
                     *           "backup_label": "before the upgrade"
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["RestoreRunItemDto"];
                    "text/event-stream": components["schemas"]["RestoreRunItemDto"];
                };
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    RestoreController_cancel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Asked for: the run ends soon, and its own route says when it has. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "item": {
                     *         "id": 3,
                     *         "status": "success",
                     *         "size_bytes": 1048576,
                     *         "filename": "berkut-scc_20260131T020000Z_1f6b0c2a.bscc",
                     *         "requested_by": "alice",
                     *         "created_at": "2026-01-31T02:00:00.000Z",
                     *         "updated_at": "2026-01-31T02:03:17.412Z",
                     *         "finished_at": "2026-01-31T02:03:17.412Z",
                     *         "artifact_id": 12,
                     *         "dry_run": false,
                     *         "mode": "restore",
                     *         "strategy": "swap",
                     *         "steps": [
                     *           {
                     *             "name": "restore_database",
                     *             "status": "success",
                     *             "started_at": "2026-01-31T02:00:00.000Z",
                     *             "finished_at": "2026-01-31T02:03:17.412Z",
                     *             "message_i18n_key": "backups.restore.step.restore_database",
                     *             "details": {}
                     *           }
                     *         ],
                     *         "logs": [
                     *           {
                     *             "at": "2026-01-31T02:00:00.000Z",
                     *             "level": "info",
                     *             "message": "restore.step.restore_database",
                     *             "details": {}
                     *           }
                     *         ],
                     *         "rollback_until": "2026-02-01T02:03:17.412Z",
                     *         "meta_json": {
                     *           "format_version": "2",
                     *           "created_at": "2026-01-31T02:00:00.000Z",
                     *           "app_version": "1.4.0",
                     *           "db_engine": "PostgreSQL 15.18",
                     *           "includes_files": false,
                     *           "backup_scope": [
                     *             "ALL"
                     *           ],
                     *           "entity_counts": {
                     *             "boards": 12,
                     *             "spaces": 3
                     *           },
                     *           "checksums": {
                     *             "schema": {
                     *               "size": 48213
                     *             },
                     *             "rows/0": {
                     *               "size": 1048576
                     *             }
                     *           },
                     *           "key_id": "5d41402abc4b2a76",
                     *           "file_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
                     *           "goose_db_version": 42,
                     *           "backup_label": "before the upgrade"
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["RestoreRunItemDto"];
                };
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.not_ready`: The backup is not finished, or it failed. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    ComparisonController_get: {
        parameters: {
            query?: {
                /** @description How many tables, those that differ first; with `table`, how many keys of each kind, of 100 that are kept. */
                limit?: number;
                /** @description How many tables to leave out. */
                offset?: number;
                /** @description Compares anew, unless it is being done. */
                refresh?: "true" | "false";
                /** @description Only this table, quoted as in SQL; with the primary keys of rows that differ, for callers with `backups.extract`. */
                table?: string;
            };
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "item": {
                     *         "restore_id": 3,
                     *         "status": "success",
                     *         "started_at": "2026-01-31T02:00:00.000Z",
                     *         "finished_at": "2026-01-31T02:03:17.412Z",
                     *         "tables_total": 1,
                     *         "tables_compared": 1,
                     *         "tables_different": 1,
                     *         "definitions": [
                     *           {
                     *             "kind": "column",
                     *             "table": "public.docs",
                     *             "name": "title",
                     *             "state": "only_in_backup"
                     *           }
                     *         ],
                     *         "tables": [
                     *           {
                     *             "table": "public.docs",
                     *             "is_in": "both",
                     *             "is_different": false,
                     *             "rows_in_backup": 1,
                     *             "rows_in_target": 1,
                     *             "only_in_backup": 1,
                     *             "only_in_target": 1,
                     *             "different": 1,
                     *             "problem": {
                     *               "reason": "database \"scc_restore_7\" is being accessed by other users",
                     *               "sqlstate": "42501"
                     *             },
                     *             "keys": {
                     *               "only_in_backup": [
                     *                 [
                     *                   "41"
                     *                 ]
                     *               ],
                     *               "only_in_target": [
                     *                 [
                     *                   "7"
                     *                 ],
                     *                 [
                     *                   "8"
                     *                 ]
                     *               ],
                     *               "different": [
                     *                 [
                     *                   "12"
                     *                 ]
                     *               ]
                     *             }
                     *           }
                     *         ]
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ComparisonItemDto"];
                };
            };
            /** @description It is being made: what has been compared so far. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "item": {
                     *         "restore_id": 3,
                     *         "status": "success",
                     *         "started_at": "2026-01-31T02:00:00.000Z",
                     *         "finished_at": "2026-01-31T02:03:17.412Z",
                     *         "tables_total": 1,
                     *         "tables_compared": 1,
                     *         "tables_different": 1,
                     *         "definitions": [
                     *           {
                     *             "kind": "column",
                     *             "table": "public.docs",
                     *             "name": "title",
                     *             "state": "only_in_backup"
                     *           }
                     *         ],
                     *         "tables": [
                     *           {
                     *             "table": "public.docs",
                     *             "is_in": "both",
                     *             "is_different": false,
                     *             "rows_in_backup": 1,
                     *             "rows_in_target": 1,
                     *             "only_in_backup": 1,
                     *             "only_in_target": 1,
                     *             "different": 1,
                     *             "problem": {
                     *               "reason": "database \"scc_restore_7\" is being accessed by other users",
                     *               "sqlstate": "42501"
                     *             },
                     *             "keys": {
                     *               "only_in_backup": [
                     *                 [
                     *                   "41"
                     *                 ]
                     *               ],
                     *               "only_in_target": [
                     *                 [
                     *                   "7"
                     *                 ],
                     *                 [
                     *                   "8"
                     *                 ]
                     *               ],
                     *               "different": [
                     *                 [
                     *                   "12"
                     *                 ]
                     *               ]
                     *             }
                     *           }
                     *         ]
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ComparisonItemDto"];
                };
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.not_found`: There is no such thing.
             *
             *     `backups.table_not_found`: The backup has no rows of that table, or several such tables: `GET /api/backups/{id}/tables` lists those that it has.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.not_ready`: The backup is not finished, or it failed. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    RestoreController_discard: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "item": {
                     *         "id": 3,
                     *         "status": "success",
                     *         "size_bytes": 1048576,
                     *         "filename": "berkut-scc_20260131T020000Z_1f6b0c2a.bscc",
                     *         "requested_by": "alice",
                     *         "created_at": "2026-01-31T02:00:00.000Z",
                     *         "updated_at": "2026-01-31T02:03:17.412Z",
                     *         "finished_at": "2026-01-31T02:03:17.412Z",
                     *         "artifact_id": 12,
                     *         "dry_run": false,
                     *         "mode": "restore",
                     *         "strategy": "swap",
                     *         "steps": [
                     *           {
                     *             "name": "restore_database",
                     *             "status": "success",
                     *             "started_at": "2026-01-31T02:00:00.000Z",
                     *             "finished_at": "2026-01-31T02:03:17.412Z",
                     *             "message_i18n_key": "backups.restore.step.restore_database",
                     *             "details": {}
                     *           }
                     *         ],
                     *         "logs": [
                     *           {
                     *             "at": "2026-01-31T02:00:00.000Z",
                     *             "level": "info",
                     *             "message": "restore.step.restore_database",
                     *             "details": {}
                     *           }
                     *         ],
                     *         "rollback_until": "2026-02-01T02:03:17.412Z",
                     *         "meta_json": {
                     *           "format_version": "2",
                     *           "created_at": "2026-01-31T02:00:00.000Z",
                     *           "app_version": "1.4.0",
                     *           "db_engine": "PostgreSQL 15.18",
                     *           "includes_files": false,
                     *           "backup_scope": [
                     *             "ALL"
                     *           ],
                     *           "entity_counts": {
                     *             "boards": 12,
                     *             "spaces": 3
                     *           },
                     *           "checksums": {
                     *             "schema": {
                     *               "size": 48213
                     *             },
                     *             "rows/0": {
                     *               "size": 1048576
                     *             }
                     *           },
                     *           "key_id": "5d41402abc4b2a76",
                     *           "file_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
                     *           "goose_db_version": 42,
                     *           "backup_label": "before the upgrade"
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["RestoreRunItemDto"];
                };
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.not_ready`: The backup is not finished, or it failed. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    RestoreController_promote: {
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
                "application/json": components["schemas"]["PromoteDto"];
            };
        };
        responses: {
            /** @description Begun, not done: it runs in the background, and `Location` names the route to watch. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "restore_id": 3,
                     *       "item": {
                     *         "id": 3,
                     *         "status": "success",
                     *         "size_bytes": 1048576,
                     *         "filename": "berkut-scc_20260131T020000Z_1f6b0c2a.bscc",
                     *         "requested_by": "alice",
                     *         "created_at": "2026-01-31T02:00:00.000Z",
                     *         "updated_at": "2026-01-31T02:03:17.412Z",
                     *         "finished_at": "2026-01-31T02:03:17.412Z",
                     *         "artifact_id": 12,
                     *         "dry_run": false,
                     *         "mode": "restore",
                     *         "strategy": "swap",
                     *         "steps": [
                     *           {
                     *             "name": "restore_database",
                     *             "status": "success",
                     *             "started_at": "2026-01-31T02:00:00.000Z",
                     *             "finished_at": "2026-01-31T02:03:17.412Z",
                     *             "message_i18n_key": "backups.restore.step.restore_database",
                     *             "details": {}
                     *           }
                     *         ],
                     *         "logs": [
                     *           {
                     *             "at": "2026-01-31T02:00:00.000Z",
                     *             "level": "info",
                     *             "message": "restore.step.restore_database",
                     *             "details": {}
                     *           }
                     *         ],
                     *         "rollback_until": "2026-02-01T02:03:17.412Z",
                     *         "meta_json": {
                     *           "format_version": "2",
                     *           "created_at": "2026-01-31T02:00:00.000Z",
                     *           "app_version": "1.4.0",
                     *           "db_engine": "PostgreSQL 15.18",
                     *           "includes_files": false,
                     *           "backup_scope": [
                     *             "ALL"
                     *           ],
                     *           "entity_counts": {
                     *             "boards": 12,
                     *             "spaces": 3
                     *           },
                     *           "checksums": {
                     *             "schema": {
                     *               "size": 48213
                     *             },
                     *             "rows/0": {
                     *               "size": 1048576
                     *             }
                     *           },
                     *           "key_id": "5d41402abc4b2a76",
                     *           "file_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
                     *           "goose_db_version": 42,
                     *           "backup_label": "before the upgrade"
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["RestoreStartedDto"];
                };
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.not_ready`: The backup is not finished, or it failed.
             *
             *     `backups.concurrent_operation`: Another operation is in the way; try again when it has ended.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    RestoreController_rollBack: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Begun, not done: it runs in the background, and `Location` names the route to watch. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "restore_id": 3,
                     *       "item": {
                     *         "id": 3,
                     *         "status": "success",
                     *         "size_bytes": 1048576,
                     *         "filename": "berkut-scc_20260131T020000Z_1f6b0c2a.bscc",
                     *         "requested_by": "alice",
                     *         "created_at": "2026-01-31T02:00:00.000Z",
                     *         "updated_at": "2026-01-31T02:03:17.412Z",
                     *         "finished_at": "2026-01-31T02:03:17.412Z",
                     *         "artifact_id": 12,
                     *         "dry_run": false,
                     *         "mode": "restore",
                     *         "strategy": "swap",
                     *         "steps": [
                     *           {
                     *             "name": "restore_database",
                     *             "status": "success",
                     *             "started_at": "2026-01-31T02:00:00.000Z",
                     *             "finished_at": "2026-01-31T02:03:17.412Z",
                     *             "message_i18n_key": "backups.restore.step.restore_database",
                     *             "details": {}
                     *           }
                     *         ],
                     *         "logs": [
                     *           {
                     *             "at": "2026-01-31T02:00:00.000Z",
                     *             "level": "info",
                     *             "message": "restore.step.restore_database",
                     *             "details": {}
                     *           }
                     *         ],
                     *         "rollback_until": "2026-02-01T02:03:17.412Z",
                     *         "meta_json": {
                     *           "format_version": "2",
                     *           "created_at": "2026-01-31T02:00:00.000Z",
                     *           "app_version": "1.4.0",
                     *           "db_engine": "PostgreSQL 15.18",
                     *           "includes_files": false,
                     *           "backup_scope": [
                     *             "ALL"
                     *           ],
                     *           "entity_counts": {
                     *             "boards": 12,
                     *             "spaces": 3
                     *           },
                     *           "checksums": {
                     *             "schema": {
                     *               "size": 48213
                     *             },
                     *             "rows/0": {
                     *               "size": 1048576
                     *             }
                     *           },
                     *           "key_id": "5d41402abc4b2a76",
                     *           "file_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
                     *           "goose_db_version": 42,
                     *           "backup_label": "before the upgrade"
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["RestoreStartedDto"];
                };
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.not_ready`: The backup is not finished, or it failed.
             *
             *     `backups.concurrent_operation`: Another operation is in the way; try again when it has ended.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    OverviewController_scopes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "name": "incidents",
                     *           "tables": [
                     *             "incidents"
                     *           ]
                     *         }
                     *       ],
                     *       "has_files": false
                     *     }
                     */
                    "application/json": components["schemas"]["ScopeListDto"];
                };
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    OverviewController_storages: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "name": "first",
                     *           "kind": "directory",
                     *           "reachable": true,
                     *           "free_bytes": 21474836480,
                     *           "used_bytes": 1073741824,
                     *           "files": null,
                     *           "files_damaged": 0,
                     *           "files_missing": 0
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["StorageListDto"];
                };
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    UploadsController_create: {
        parameters: {
            query?: never;
            header: {
                /** @description 1.0.0 */
                "Tus-Resumable": string;
                /** @description Size of the file, bytes. */
                "Upload-Length": string;
                /** @description `filename` and its value in base64. */
                "Upload-Metadata"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description `backups.invalid_request`: The request is not valid.
             *
             *     `backups.invalid_format`: The file is not a complete backup in a known format.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.concurrent_operation`: Another operation is in the way; try again when it has ended. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.tus_version`: Uploads speak version 1.0.0 of the tus protocol, which the header Tus-Resumable has to say. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.upload_too_large`: The request body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.no_space`: There is not enough space. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    UploadsController_describe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    UploadsController_remove: {
        parameters: {
            query?: never;
            header: {
                /** @description 1.0.0 */
                "Tus-Resumable": string;
            };
            path: {
                /** @description From `Location` of the answer that began the upload. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.tus_version`: Uploads speak version 1.0.0 of the tus protocol, which the header Tus-Resumable has to say. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.upload_locked`: Another request works at the upload, or it is being imported; try again soon. */
            423: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    UploadsController_tell: {
        parameters: {
            query?: never;
            header: {
                /** @description 1.0.0 */
                "Tus-Resumable": string;
            };
            path: {
                /** @description From `Location` of the answer that began the upload. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `backups.invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.tus_version`: Uploads speak version 1.0.0 of the tus protocol, which the header Tus-Resumable has to say. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.upload_locked`: Another request works at the upload, or it is being imported; try again soon. */
            423: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
    UploadsController_append: {
        parameters: {
            query?: never;
            header: {
                /** @description 1.0.0 */
                "Tus-Resumable": string;
                /** @description sha1, sha256 or sha512, a space, and base64. */
                "Upload-Checksum"?: string;
                /** @description Of the first byte of the body. */
                "Upload-Offset": string;
            };
            path: {
                /** @description From `Location` of the answer that began the upload. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/offset+octet-stream": string;
            };
        };
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description `backups.invalid_request`: The request is not valid.
             *
             *     `backups.invalid_format`: The file is not a complete backup in a known format.
             *
             *     `backups.decrypt_failed`: The backup cannot be decrypted: its key is not known here, or it was changed.
             *
             *     `backups.checksum_mismatch`: The backup does not have the recorded checksum or size.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `auth.unauthorized`: A valid token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.forbidden`: The caller may not do this.
             *
             *     `auth.csrf_invalid`: The CSRF token is missing or wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `backups.concurrent_operation`: Another operation is in the way; try again when it has ended.
             *
             *     `backups.upload_interrupted`: The request ended before all of its bytes had come; what has come is kept. HEAD says where to go on.
             *
             *     `backups.upload_offset`: The upload goes on at another offset; HEAD says where.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.tus_version`: Uploads speak version 1.0.0 of the tus protocol, which the header Tus-Resumable has to say. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.upload_too_large`: The request body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.upload_locked`: Another request works at the upload, or it is being imported; try again soon. */
            423: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `app.rate_limited`: Too many requests; try again later. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.upload_checksum`: The bytes of the request do not have its checksum; send them again. */
            460: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.internal`: Something went wrong inside the service. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /**
             * @description `app.maintenance_mode`: A restore is running; try again when it has ended.
             *
             *     `backups.storage_unavailable`: The storage or a database is not available.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
            /** @description `backups.no_space`: There is not enough space. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorDto"];
                };
            };
        };
    };
}
