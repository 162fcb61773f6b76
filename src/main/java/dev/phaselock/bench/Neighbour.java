package dev.phaselock.bench;

import java.sql.SQLException;

/** Somebody who is at work on the tables beside the application, until it is closed. */
interface Neighbour extends AutoCloseable {
    @Override
    void close() throws SQLException;

    /** Lets one begin. */
    @FunctionalInterface
    interface Kind {
        /**
         * Returns once it is at work.
         *
         * @throws IllegalStateException when that does not come about
         */
        Neighbour begin(Database database) throws SQLException;
    }

    /** Nobody. */
    static Neighbour nobody(Database database) {
        return () -> {};
    }
}
