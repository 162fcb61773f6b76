package dev.phaselock.lint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.phaselock.sql.LockMode;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the statements so far have done: what a later one costs depends on it. */
final class Script {
    /** Tables that nobody else can see or knows yet. */
    private final Set<String> created = new HashSet<>();
    /** Columns that a check says are never null, by table and constraint; true once it is validated. */
    private final Map<String, Boolean> notNullChecks = new HashMap<>();

    private final Map<String, String> checkedColumns = new HashMap<>();

    private boolean transaction;
    private boolean lockTimeout;
    private boolean statementTimeout;
    private @Nullable Held held;

    /** A strong lock that the transaction holds. */
    record Held(LockMode lock, String table, int line) {}

    boolean isNew(JsonNode relation) {
        return isNew(name(relation));
    }

    boolean isNew(String table) {
        return created.contains(table);
    }

    void create(JsonNode relation) {
        created.add(name(relation));
    }

    /** As it is written; without a schema it is another name than with one. */
    static String name(JsonNode relation) {
        String schema = relation.path("schemaname").asText("");
        return (schema.isEmpty() ? "" : schema + ".") + relation.path("relname").asText();
    }

    boolean inTransaction() {
        return transaction;
    }

    void begin() {
        transaction = true;
    }

    void end() {
        transaction = false;
        held = null;
    }

    /** Whether a try for a lock ends by itself. */
    boolean hasLockTimeout() {
        return lockTimeout;
    }

    boolean hasStatementTimeout() {
        return statementTimeout;
    }

    void set(String setting, boolean limits) {
        switch (setting) {
            case "lock_timeout" -> lockTimeout = limits;
            case "statement_timeout" -> statementTimeout = limits;
            default -> {}
        }
    }

    /** The strong lock that is held from before; empty outside a transaction. */
    Optional<Held> held() {
        return Optional.ofNullable(held);
    }

    void hold(LockMode lock, String table, int line) {
        if (transaction && held == null) {
            held = new Held(lock, table, line);
        }
    }

    void addNotNullCheck(String table, String constraint, String column, boolean validated) {
        checkedColumns.put(table + "\n" + constraint, column);
        notNullChecks.put(table + "\n" + constraint, validated);
    }

    void validate(String table, String constraint) {
        notNullChecks.computeIfPresent(table + "\n" + constraint, (_, _) -> true);
    }

    /** Whether a valid check of this file says that the column is never null; PostgreSQL 12 and newer then scan nothing. */
    boolean isKnownNotNull(String table, String column) {
        return notNullChecks.entrySet().stream()
                .anyMatch(check -> check.getValue()
                        && check.getKey().startsWith(table + "\n")
                        && column.equals(checkedColumns.get(check.getKey())));
    }
}
