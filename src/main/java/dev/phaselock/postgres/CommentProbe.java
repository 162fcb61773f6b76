package dev.phaselock.postgres;

import dev.phaselock.change.Comment;
import dev.phaselock.plan.Probe;
import dev.phaselock.sql.Literals;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Reads a comment that is there. */
final class CommentProbe {
    private static final String UNDEFINED_OBJECT = "42704";

    private final Connection connection;
    private final long table;

    CommentProbe(Connection connection, long table) {
        this.connection = connection;
        this.table = table;
    }

    Probe of(Comment change) throws SQLException {
        String name = Literals.quote(change.name() == null ? "" : change.name().name());
        List<String> there = new ArrayList<>();
        new MultiStatement()
                .query(
                        switch (change.on()) {
                            case TABLE -> "SELECT pg_catalog.obj_description(" + table + ", 'pg_class') AS text";
                            case COLUMN -> """
                                SELECT pg_catalog.col_description(a.attrelid, a.attnum) AS text
                                FROM pg_catalog.pg_attribute AS a
                                WHERE a.attrelid = %d AND a.attname = %s AND a.attnum > 0 AND NOT a.attisdropped""".formatted(table, name);
                            case CONSTRAINT -> """
                                SELECT pg_catalog.obj_description(c.oid, 'pg_constraint') AS text
                                FROM pg_catalog.pg_constraint AS c WHERE c.conrelid = %d AND c.conname = %s""".formatted(table, name);
                            case INDEX -> """
                                SELECT pg_catalog.obj_description(c.oid, 'pg_class') AS text
                                FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
                                WHERE i.indrelid = %d AND c.relname = %s""".formatted(table, name);
                        },
                        row -> {
                            String text = row.getString("text");
                            there.add(text == null ? "" : text);
                        })
                .run(connection);
        return there.isEmpty()
                ? new Probe.Failed(
                        UNDEFINED_OBJECT,
                        "it has no " + change.on().name().toLowerCase(java.util.Locale.ROOT) + " " + change.name())
                : new Probe.State(there.getFirst().equals(change.text()));
    }
}
