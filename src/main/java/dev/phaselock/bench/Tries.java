package dev.phaselock.bench;

import java.util.List;
import java.util.Optional;
import java.util.function.DoubleSupplier;
import java.util.stream.Stream;

/**
 * The tries of a policy, one after the other: the documented settings of the tools that people use. Pure, so that a test
 * can read it.
 */
@FunctionalInterface
interface Tries {
    /**
     * One of them.
     *
     * @param number 1 for the first
     * @param random from 0 (inclusive) to 1 (exclusive), for jitter
     * @return empty when the policy gives up before it
     */
    Optional<LockTry> number(int number, DoubleSupplier random);

    /** One try that waits for as long as it takes. */
    Tries ONE_WITHOUT_A_TIMEOUT = (number, _) -> number == 1 ? Optional.of(LockTry.of(0, 0)) : Optional.empty();

    /**
     * safe-pg-migrations: {@code lock_timeout} of 0.99 of {@code safe_timeout} (5 s), {@code max_tries} 5, a minute between
     * them.
     */
    Tries SAFE_PG_MIGRATIONS = (number, _) -> number <= 5 ? Optional.of(LockTry.of(4950, 60_000)) : Optional.empty();

    /** pg-sprite: 3 s, three tries, pauses of 100 ms doubled up to 1 s. */
    Tries PG_SPRITE =
            (number, _) -> number <= 3 ? Optional.of(LockTry.of(3000, doubled(100, number, 1000))) : Optional.empty();

    /** pgroll: 500 ms, for ever, pauses of 1 s doubled up to 60 s, of which it takes a random part. */
    Tries PGROLL = (number, random) ->
            Optional.of(LockTry.of(500, (long) (random.getAsDouble() * doubled(1000, number, 60_000))));

    /**
     * online_migrations: 200 ms, 30 tries after the first; pauses of 10 ms doubled up to a minute, of which it takes a
     * random part and rounds it up to whole seconds.
     */
    Tries ONLINE_MIGRATIONS = (number, random) -> number <= 31
            ? Optional.of(LockTry.of(
                    200, (long) Math.ceil(random.getAsDouble() * doubled(10, number, 60_000) / 1000.0) * 1000))
            : Optional.empty();

    /** The default timing of GitLab's {@code WithLockRetries}; after its 41 tries comes one without a timeout. */
    Tries GITLAB = (number, _) -> number <= GitLabTable.TRIES.size()
            ? Optional.of(GitLabTable.TRIES.get(number - 1))
            : number == GitLabTable.TRIES.size() + 1 ? Optional.of(LockTry.of(0, 0)) : Optional.empty();

    private static long doubled(long millis, int number, long most) {
        return Math.min(most, millis << Math.min(30, number - 1));
    }

    /** {@code lock_timeout} and pause, milliseconds. */
    final class GitLabTable {
        static final List<LockTry> TRIES = Stream.of(
                        "100/50 100/50 200/50 300/100 400/150 500/2000 500/2000 500/2000 500/2000 1000/5000 1000/60000",
                        "100/50 100/50 200/50 300/100 400/150 500/2000 500/2000 500/2000 3000/180000",
                        "100/50 100/50 500/2000 500/2000 5000/120000",
                        "500/500 500/500 7000/300000 500/500 500/500 7000/300000 500/500 500/500 7000/300000",
                        "100/50 100/50 500/2000 10000/600000",
                        "100/50 500/2000 10000/600000")
                .flatMap(row -> Stream.of(row.split(" ")))
                .map(pair -> pair.split("/"))
                .map(pair -> LockTry.of(Long.parseLong(pair[0]), Long.parseLong(pair[1])))
                .toList();

        private GitLabTable() {}
    }
}
