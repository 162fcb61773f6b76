package dev.phaselock.bench;

import java.io.IOException;

/** Servers to measure on. */
@FunctionalInterface
public interface Servers {
    /**
     * Starts one; the caller ends it.
     *
     * @throws IOException when it does not start, or what should stand around it is not to be had
     */
    Server start(Site site) throws IOException;

    /** One that runs, and all that stands around it. */
    interface Server extends AutoCloseable {
        Database database();

        @Override
        void close() throws IOException;
    }

    /** What stands around the server. */
    enum Site {
        ALONE,
        /** Its log can be decoded. */
        LOGICAL,
        /** A PgBouncer in transaction mode stands before it, with {@link #POOL_SIZE} sessions, and the application comes that way. */
        POOLED,
        /** A hot standby streams from it. */
        REPLICATED;

        /** Fewer than the application has sessions of its own. */
        public static final int POOL_SIZE = 5;
    }
}
