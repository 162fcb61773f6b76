package dev.phaselock.postgres;

import dev.phaselock.postgres.PgServer.PgRole;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A database of a test server. */
public record PgDatabase(PgServer server, String name) {

    /** {@code postgresql://…} of the superuser, with the password. */
    public String url() {
        return url(server.superuser());
    }

    /** {@code postgresql://…} of a role, with the password. */
    public String url(PgRole role) {
        return server.local().url(role.name(), role.password(), name);
    }

    /** {@code jdbc:postgresql://…} without user and password. */
    public String jdbcUrl() {
        return server.local().jdbcUrl(name);
    }

    /** A plain connection of the superuser, autocommit on. */
    public Connection connect() throws SQLException {
        return connect(server.superuser());
    }

    /** A plain connection of a role, autocommit on. */
    public Connection connect(PgRole role) throws SQLException {
        return DriverManager.getConnection(jdbcUrl(), role.name(), role.password());
    }

    /** Runs statements as the superuser, each in a transaction of its own. */
    public void execute(String... statements) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** The first column of the first row as text; null for SQL NULL and for no row. */
    public @Nullable String queryOne(String sql) throws SQLException {
        List<String> rows = query(sql);
        return rows.isEmpty() ? null : rows.getFirst();
    }

    /** The rows as text, columns separated by {@code |}; an only column that is NULL gives null. */
    public List<String> query(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            int columns = rows.getMetaData().getColumnCount();
            List<String> result = new ArrayList<>();
            while (rows.next()) {
                StringBuilder row = new StringBuilder();
                for (int column = 2; column <= columns; column++) {
                    row.append('|').append(rows.getString(column));
                }
                result.add(columns == 1 ? rows.getString(1) : rows.getString(1) + row);
            }
            return result;
        }
    }

    /** Drops it, also when sessions are there; does nothing when it is gone. */
    public void drop() throws SQLException {
        server.database("postgres").execute("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
    }

    public PgRole newRole(String attributes) throws SQLException {
        return server.newRole(attributes);
    }
}
