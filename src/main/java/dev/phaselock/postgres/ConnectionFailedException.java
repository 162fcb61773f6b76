package dev.phaselock.postgres;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** No session could be opened. Its message is the failure's, so it is fit for people. */
public final class ConnectionFailedException extends SQLException {
    private static final long serialVersionUID = 1;

    private final transient Failure failure;

    ConnectionFailedException(Failure failure, @Nullable SQLException cause) {
        super(failure.message(), failure.sqlState(), cause);
        this.failure = failure;
    }

    public Failure failure() {
        return failure;
    }
}
