package dev.phaselock.run;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * For how long a brief message held its locks: between the two {@code clock_timestamp()} that it selects, by the server's
 * clock. The commit itself comes after the second one.
 */
record HeldTime(long nanos) {

    /** Sends the message and waits for its end. */
    static HeldTime execute(Connection session, String message) throws SQLException {
        try (Statement statement = session.createStatement()) {
            // The text is SQL, not JDBC's dialect of it: a brace in somebody's expression is a brace.
            statement.setEscapeProcessing(false);
            List<Timestamp> clock = new ArrayList<>();
            boolean rows = statement.execute(message);
            while (rows || statement.getUpdateCount() != -1) {
                if (rows) {
                    try (ResultSet result = statement.getResultSet()) {
                        while (result.next()) {
                            clock.add(result.getTimestamp(1));
                        }
                    }
                }
                rows = statement.getMoreResults();
            }
            return new HeldTime(Duration.between(
                            clock.getFirst().toInstant(), clock.getLast().toInstant())
                    .toNanos());
        }
    }
}
