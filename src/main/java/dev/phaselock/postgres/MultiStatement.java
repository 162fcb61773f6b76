package dev.phaselock.postgres;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Several statements that go to the server together: one round trip. */
final class MultiStatement {
    private final List<String> statements = new ArrayList<>();
    private final List<@Nullable RowReader> readers = new ArrayList<>();

    /** Reads one row. */
    @FunctionalInterface
    interface RowReader {
        void read(ResultSet row) throws SQLException;
    }

    /** A statement without a result. */
    MultiStatement add(String sql) {
        statements.add(sql);
        readers.add(null);
        return this;
    }

    /** A query. */
    MultiStatement query(String sql, RowReader reader) {
        statements.add(sql);
        readers.add(reader);
        return this;
    }

    void run(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            boolean rows = statement.execute(String.join(";\n", statements));
            for (RowReader reader : readers) {
                if (reader != null) {
                    if (!rows) {
                        throw new SQLException("a query gave no result");
                    }
                    try (ResultSet result = statement.getResultSet()) {
                        while (result.next()) {
                            reader.read(result);
                        }
                    }
                }
                rows = statement.getMoreResults();
            }
        }
    }

    /** A column that is an array of text; empty for NULL. */
    static List<String> texts(ResultSet row, String column) throws SQLException {
        java.sql.Array array = row.getArray(column);
        return array == null ? List.of() : List.of((String[]) array.getArray());
    }
}
