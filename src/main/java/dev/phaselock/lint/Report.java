package dev.phaselock.lint;

import dev.phaselock.sql.LockMode;
import dev.phaselock.sql.SqlStatement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects what is to be said of one statement. */
final class Report {
    private static final String LOCK =
            "It waits for the lock outside the queue and takes it in a moment in which nobody is in the way.";

    private final SqlStatement statement;
    private final Script script;
    private final List<Finding> findings = new ArrayList<>();

    Report(SqlStatement statement, Script script) {
        this.statement = statement;
        this.script = script;
    }

    List<Finding> findings() {
        return findings;
    }

    void add(Rule rule, Level level, @Nullable LockMode lock, String why, String instead) {
        findings.add(new Finding(rule, level, statement.position(), statement.firstLine(), lock, why, instead));
    }

    /** A strong lock while something long is done. */
    void slow(Rule rule, LockMode lock, String table, String why, String instead) {
        add(rule, Level.ERROR, lock, why, instead);
        hold(lock, table);
    }

    /**
     * A strong lock for a moment: it is the wait for it that others feel.
     *
     * @param instead what to do; empty when there is nothing but a short try
     */
    void brief(LockMode lock, String table, String what, String instead) {
        boolean bounded = script.hasLockTimeout();
        String advice = instead;
        if (instead.isEmpty()) {
            advice = bounded ? "Try again when it fails." : "Set lock_timeout before it, and try again when it fails.";
        } else if (instead.endsWith(TableRules.PHASELOCK)) {
            advice = instead + " " + LOCK;
        }
        add(
                Rule.LOCK_QUEUE,
                bounded ? Level.NOTICE : Level.WARNING,
                lock,
                "%s takes %s on %s for a moment. It queues behind the longest transaction there, and every %s behind it%s."
                        .formatted(
                                what,
                                lock.sql(),
                                table,
                                lock == LockMode.ACCESS_EXCLUSIVE ? "read and write" : "write",
                                bounded ? ", until lock_timeout ends the try" : ""),
                advice);
        hold(lock, table);
    }

    private void hold(LockMode lock, String table) {
        script.held()
                .filter(held -> !held.table().equals(table))
                .ifPresent(held -> add(
                        Rule.LOCK_HELD,
                        Level.WARNING,
                        held.lock(),
                        "It waits for its lock while the transaction holds %s on %s (line %d): they wait together, and others"
                                        .formatted(held.lock().sql(), held.table(), held.line())
                                + " that lock in another order deadlock with it.",
                        "One table a transaction."));
        script.hold(lock, table, statement.position().line());
    }
}
