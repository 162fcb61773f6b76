package dev.phaselock.bench;

import dev.phaselock.api.LocksSpec;
import dev.phaselock.bench.Servers.Site;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What is in the way, and which locks are wanted.
 *
 * @param key on the command line and in file names
 * @param title for people
 * @param ddl which locks are wanted
 * @param load what the application does
 * @param site where
 * @param neighbour who else is at work
 * @param locks what a person allows Phaselock; the deadline is the window's end
 * @param partitions how many orders has; 0 when it is an ordinary table
 * @param seesAll whether Phaselock's role sees what the sessions of others do
 */
record Scenario(
        String key,
        String title,
        Ddl ddl,
        LoadShape load,
        Site site,
        Neighbour.Kind neighbour,
        LocksSpec locks,
        int partitions,
        boolean seesAll) {
    static final Scenario WRITERS = of("writers", "writers only", Ddl.FOREIGN_KEY, LoadShape.WRITERS);
    static final Scenario ONE_LONG =
            of("one-long", "one long writer", Ddl.FOREIGN_KEY, LoadShape.WRITERS.withLongWriters(1));

    static final List<Scenario> ALL = List.of(
            WRITERS,
            ONE_LONG,
            of(
                            "two-long",
                            "two long writers that overlap, nothing allowed",
                            Ddl.FOREIGN_KEY,
                            LoadShape.WRITERS.withLongWriters(2))
                    .allowing("100ms", "0s"),
            of(
                            "three-long",
                            "three long writers that overlap, a second and 3 s in all allowed",
                            Ddl.FOREIGN_KEY,
                            LoadShape.WRITERS.withLongWriters(3))
                    .allowing("1s", "3s"),
            of(
                    "dense",
                    "twelve writers without a pause, one long writer",
                    Ddl.FOREIGN_KEY,
                    LoadShape.WRITERS.withLongWriters(1).withWriters(12, Duration.ZERO)),
            of("reader", "a long reader, ACCESS EXCLUSIVE", Ddl.CHECK, LoadShape.WRITERS.withLongReaders(1)),
            of(
                    "reader-writer",
                    "a long reader and a long writer, ACCESS EXCLUSIVE",
                    Ddl.CHECK,
                    LoadShape.WRITERS.withLongWriters(1).withLongReaders(1)),
            of("autovacuum", "an autovacuum at work, ACCESS EXCLUSIVE", Ddl.CHECK, LoadShape.WRITERS)
                    .beside(Autovacuum::ordinary),
            of(
                    "idle",
                    "idle in transaction for 10 s",
                    Ddl.FOREIGN_KEY,
                    LoadShape.WRITERS.withIdle(Duration.ofSeconds(10))),
            of(
                            "partitions",
                            "200 partitions, one long writer, ACCESS EXCLUSIVE",
                            Ddl.CHECK,
                            LoadShape.WRITERS.withLongWriters(1))
                    .ofPartitions(200),
            of("prepared", "a prepared transaction for 5 s", Ddl.FOREIGN_KEY, LoadShape.WRITERS)
                    .beside(Neighbours::preparedTransaction),
            of("dump", "a dump for 5 s, ACCESS EXCLUSIVE", Ddl.CHECK, LoadShape.WRITERS)
                    .beside(Neighbours::dump),
            of(
                            "wraparound",
                            "an autovacuum that prevents wraparound, for some seconds",
                            Ddl.FOREIGN_KEY,
                            LoadShape.WRITERS)
                    .beside(Autovacuum::preventingWraparound),
            of("index-build", "CREATE INDEX CONCURRENTLY that waits for 5 s", Ddl.FOREIGN_KEY, LoadShape.WRITERS)
                    .beside(Neighbours::indexBuild),
            of(
                            "another",
                            "another Phaselock at work on the same table, one long writer",
                            Ddl.FOREIGN_KEY,
                            LoadShape.WRITERS.withLongWriters(1))
                    .beside(Neighbours::anotherPhaselock),
            of(
                    "deadlock",
                    "four writers of customers and then of orders in one transaction",
                    Ddl.FOREIGN_KEY,
                    LoadShape.WRITERS.withPairWriters(4)),
            of(
                            "logical",
                            "a logical replication slot that is read from, one long writer",
                            Ddl.FOREIGN_KEY,
                            LoadShape.WRITERS.withLongWriters(1))
                    .at(Site.LOGICAL)
                    .beside(Neighbours::slotReader),
            of(
                            "standby",
                            "a hot standby with short readers and a long one, ACCESS EXCLUSIVE",
                            Ddl.CHECK,
                            LoadShape.WRITERS.withStandbyReaders(3))
                    .at(Site.REPLICATED),
            of(
                            "pooler",
                            "one long writer, the application by way of a PgBouncer in transaction mode",
                            Ddl.FOREIGN_KEY,
                            LoadShape.WRITERS.withLongWriters(1))
                    .at(Site.POOLED),
            of(
                            "no-monitor",
                            "one long writer, and Phaselock's role without pg_monitor",
                            Ddl.FOREIGN_KEY,
                            LoadShape.WRITERS.withLongWriters(1))
                    .seeingItsOwn());

    private static Scenario of(String key, String title, Ddl ddl, LoadShape load) {
        return new Scenario(key, title, ddl, load, Site.ALONE, Neighbour::nobody, LocksSpec.DEFAULT, 0, true);
    }

    private Scenario at(Site other) {
        return new Scenario(key, title, ddl, load, other, neighbour, locks, partitions, seesAll);
    }

    private Scenario beside(Neighbour.Kind other) {
        return new Scenario(key, title, ddl, load, site, other, locks, partitions, seesAll);
    }

    private Scenario allowing(String timeout, String budget) {
        LocksSpec allowed = new LocksSpec(timeout, budget, null);
        return new Scenario(key, title, ddl, load, site, neighbour, allowed, partitions, seesAll);
    }

    private Scenario ofPartitions(int number) {
        return new Scenario(key, title, ddl, load, site, neighbour, locks, number, seesAll);
    }

    private Scenario seeingItsOwn() {
        return new Scenario(key, title, ddl, load, site, neighbour, locks, partitions, false);
    }

    /** @throws IllegalArgumentException when there is none of that name; the message names those that there are */
    static Scenario of(String key) {
        return ALL.stream()
                .filter(scenario -> scenario.key().equals(key))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no scenario " + key + "; there are "
                        + ALL.stream().map(Scenario::key).collect(Collectors.joining(", "))));
    }
}
