package dev.phaselock.bench;

import dev.phaselock.api.LocksSpec;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What is in the way, and which locks are wanted. */
enum Scenario {
    WRITERS("writers only", Ddl.FOREIGN_KEY),
    ONE_LONG("one long writer", Ddl.FOREIGN_KEY),
    TWO_LONG("two long writers that overlap, nothing allowed", Ddl.FOREIGN_KEY),
    THREE_LONG("three long writers that overlap, a second and 3 s in all allowed", Ddl.FOREIGN_KEY),
    DENSE("twelve writers without a pause, one long writer", Ddl.FOREIGN_KEY),
    READER("a long reader, ACCESS EXCLUSIVE", Ddl.CHECK),
    READER_WRITER("a long reader and a long writer, ACCESS EXCLUSIVE", Ddl.CHECK),
    AUTOVACUUM("an autovacuum at work, ACCESS EXCLUSIVE", Ddl.CHECK),
    IDLE("idle in transaction for 10 s", Ddl.FOREIGN_KEY),
    PARTITIONS("200 partitions, one long writer, ACCESS EXCLUSIVE", Ddl.CHECK);

    private final String title;
    private final Ddl ddl;

    Scenario(String title, Ddl ddl) {
        this.title = title;
        this.ddl = ddl;
    }

    /** For people. */
    String title() {
        return title;
    }

    /** Which locks are wanted. */
    Ddl ddl() {
        return ddl;
    }

    LoadShape load() {
        LoadShape writers = LoadShape.WRITERS;
        return switch (this) {
            case WRITERS, AUTOVACUUM -> writers;
            case ONE_LONG, PARTITIONS -> writers.withLongWriters(1);
            case TWO_LONG -> writers.withLongWriters(2);
            case THREE_LONG -> writers.withLongWriters(3);
            case DENSE -> writers.withLongWriters(1).withWriters(12, Duration.ZERO);
            case READER -> writers.withLongReaders(1);
            case READER_WRITER -> writers.withLongWriters(1).withLongReaders(1);
            case IDLE -> writers.withIdle(Duration.ofSeconds(10));
        };
    }

    /** How many partitions orders has; 0 when it is an ordinary table. */
    int partitions() {
        return this == PARTITIONS ? 200 : 0;
    }

    /** Whether an autovacuum is at work on orders. */
    boolean autovacuum() {
        return this == AUTOVACUUM;
    }

    /** What a person allows Phaselock; the deadline is the window's end. */
    LocksSpec locks() {
        return switch (this) {
            case TWO_LONG -> new LocksSpec("100ms", "0s", null);
            case THREE_LONG -> new LocksSpec("1s", "3s", null);
            default -> LocksSpec.DEFAULT;
        };
    }

    /** On the command line and in file names. */
    String key() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** @throws IllegalArgumentException when there is none of that name; the message names those that there are */
    static Scenario of(String key) {
        return Arrays.stream(values())
                .filter(scenario -> scenario.key().equals(key))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no scenario " + key + "; there are "
                        + Arrays.stream(values()).map(Scenario::key).collect(Collectors.joining(", "))));
    }
}
