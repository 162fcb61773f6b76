package dev.phaselock.bench;

import java.time.Duration;

/**
 * What the application does all the time.
 *
 * @param writers sessions that update one row of orders or customers after the other, each in a transaction of its own
 * @param pause of each writer between two writes
 * @param longWriters sessions that update a row of orders and commit 0.2 s plus an exponential second later, again and
 *     again; each has a row of its own, so that only the table's lock can collide
 * @param longReaders the same with a SELECT
 * @param pairWriters sessions that update a row of customers, rest for 5 ms, and update one of orders in the same
 *     transaction, again and again
 * @param standbyReaders sessions that read one row of orders after the other from the standby; with them a long reader
 *     there; 0 for none
 * @param gap of a long writer or reader between two transactions
 * @param idle for how long a session that has written to orders is idle in its transaction; zero for none
 */
record LoadShape(
        int writers,
        Duration pause,
        int longWriters,
        int longReaders,
        int pairWriters,
        int standbyReaders,
        Duration gap,
        Duration idle) {
    /** Six writers with a pause of 2 ms, and nothing else. */
    static final LoadShape WRITERS =
            new LoadShape(6, Duration.ofMillis(2), 0, 0, 0, 0, Duration.ofMillis(50), Duration.ZERO);

    LoadShape withWriters(int number, Duration pauseBetween) {
        return new LoadShape(number, pauseBetween, longWriters, longReaders, pairWriters, standbyReaders, gap, idle);
    }

    LoadShape withLongWriters(int number) {
        return new LoadShape(writers, pause, number, longReaders, pairWriters, standbyReaders, gap, idle);
    }

    LoadShape withLongReaders(int number) {
        return new LoadShape(writers, pause, longWriters, number, pairWriters, standbyReaders, gap, idle);
    }

    LoadShape withIdle(Duration length) {
        return new LoadShape(writers, pause, longWriters, longReaders, pairWriters, standbyReaders, gap, length);
    }

    LoadShape withPairWriters(int number) {
        return new LoadShape(writers, pause, longWriters, longReaders, number, standbyReaders, gap, idle);
    }

    LoadShape withStandbyReaders(int number) {
        return new LoadShape(writers, pause, longWriters, longReaders, pairWriters, number, gap, idle);
    }

    int sessions() {
        return writers
                + longWriters
                + longReaders
                + pairWriters
                + (standbyReaders == 0 ? 0 : standbyReaders + 1)
                + (idle.isZero() ? 0 : 1);
    }
}
