package dev.phaselock.lint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.phaselock.sql.LockMode;
import dev.phaselock.sql.SqlStatement;

/** What statements about indexes cost, concurrently and not. */
final class IndexRules {
    private final JsonNode tree;
    private final Script script;
    private final Report report;

    IndexRules(SqlStatement statement, Script script, Report report) {
        this.tree = statement.tree();
        this.script = script;
        this.report = report;
    }

    void create() {
        JsonNode relation = tree.path("relation");
        boolean concurrent = tree.path("concurrent").booleanValue();
        if (concurrent && script.inTransaction()) {
            concurrentlyInTransaction();
        } else if (concurrent) {
            longWork();
            if (tree.path("if_not_exists").booleanValue()) {
                report.add(
                        Rule.INVALID_INDEX,
                        Level.WARNING,
                        null,
                        "Where an earlier try left an INVALID index of this name, this does nothing and says that it is"
                                + " done.",
                        TableRules.phaselock(
                                "createIndex",
                                "look for it with NOT indisvalid in pg_index, and DROP INDEX CONCURRENTLY before"));
            }
        } else if (!script.isNew(relation)) {
            report.slow(
                    Rule.INDEX_BUILD,
                    LockMode.SHARE,
                    Script.name(relation),
                    "Every write to %s waits until the index is built.".formatted(Script.name(relation)),
                    TableRules.phaselock(
                            "createIndex",
                            "CREATE INDEX CONCURRENTLY, outside a transaction and without lock_timeout"));
        }
    }

    void drop() {
        boolean concurrent = tree.path("concurrent").booleanValue();
        if (concurrent && script.inTransaction()) {
            concurrentlyInTransaction();
        } else if (concurrent) {
            longWork();
        } else {
            report.brief(
                    LockMode.ACCESS_EXCLUSIVE,
                    "its table",
                    "Dropping an index",
                    TableRules.phaselock("dropIndex", "DROP INDEX CONCURRENTLY, outside a transaction"));
        }
    }

    void rebuild() {
        boolean concurrent = StatementRules.isGiven("concurrently", tree.path("params"));
        if (concurrent && script.inTransaction()) {
            concurrentlyInTransaction();
        } else if (concurrent) {
            longWork();
        } else {
            report.slow(
                    Rule.INDEX_BUILD,
                    LockMode.ACCESS_EXCLUSIVE,
                    "the index",
                    "Writes wait until the index is built anew, and so does every read that would use it.",
                    TableRules.phaselock("reindex", "REINDEX … CONCURRENTLY, outside a transaction"));
        }
    }

    private void concurrentlyInTransaction() {
        report.add(
                Rule.CONCURRENTLY_IN_TRANSACTION,
                Level.ERROR,
                null,
                "PostgreSQL refuses it inside a transaction.",
                "Take it out of BEGIN … COMMIT; tell the migration tool to use no transaction for it.");
    }

    /** It waits for transactions, which is no waiting for a lock that would hinder anybody. */
    private void longWork() {
        if (script.hasLockTimeout() || script.hasStatementTimeout()) {
            report.add(
                    Rule.TIMEOUT_FOR_LONG_WORK,
                    Level.WARNING,
                    LockMode.SHARE_UPDATE_EXCLUSIVE,
                    "It waits for every older transaction of the database, which %s counts; when that ends it, an INVALID"
                                    .formatted(script.hasLockTimeout() ? "lock_timeout" : "statement_timeout")
                            + " index stays behind.",
                    "SET lock_timeout = 0 and statement_timeout = 0 before it.");
        }
    }
}
