package dev.phaselock.run;

import java.sql.Connection;
import java.sql.SQLException;

/** Opens sessions of the database that a phase works on. */
@FunctionalInterface
public interface SessionFactory {
    /** A new session in autocommit mode, with Phaselock's settings; to be closed by the caller. */
    Connection open() throws SQLException;
}
