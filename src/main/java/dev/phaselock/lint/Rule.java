package dev.phaselock.lint;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What is looked for. The names are part of the interface: comments in people's files ignore them by name. */
public enum Rule {
    FOREIGN_KEY_SCAN("A foreign key that is validated while writers wait"),
    CHECK_SCAN("A check that is validated while everybody waits"),
    NOT_NULL_SCAN("NOT NULL, found out by a scan while everybody waits"),
    UNIQUE_BUILD("A unique or primary key whose index is built while everybody waits"),
    EXCLUSION_BUILD("An exclusion constraint, built while everybody waits"),
    INDEX_BUILD("An index that is built, rebuilt or dropped while others wait"),
    COLUMN_REWRITE("A column that makes PostgreSQL write the table anew"),
    TYPE_CHANGE("Another type, which may write the table anew"),
    TABLE_REWRITE("A table that is written anew while everybody waits"),
    PARTITION_SCAN("A partition that is scanned when it is attached"),
    DOMAIN_SCAN("A domain whose constraint is checked in all tables that use it"),
    LOCK_QUEUE("A brief lock, for which the statement queues, and everybody behind it"),
    LOCK_HELD("A strong lock that is held while the transaction does other work"),
    CONCURRENTLY_IN_TRANSACTION("CONCURRENTLY inside a transaction, which PostgreSQL refuses"),
    INVALID_INDEX("IF NOT EXISTS, which takes an invalid index for a good one"),
    TIMEOUT_FOR_LONG_WORK("A timeout that ends what takes its time"),
    BREAKS_CLIENTS("A change that running clients do not know of"),
    DATA_CHANGE("A change of many rows at once"),
    NOT_JUDGED("A statement that this lint does not know"),
    UNKNOWN_RULE("A comment that ignores a rule that is none");

    private final String title;

    Rule(String title) {
        this.title = title;
    }

    /** As in comments and reports: {@code foreign-key-scan}. */
    public String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** In a few words. */
    public String title() {
        return title;
    }

    /** The rule of this {@link #id}. */
    public static Optional<Rule> of(String id) {
        return Arrays.stream(values()).filter(rule -> rule.id().equals(id)).findFirst();
    }
}
