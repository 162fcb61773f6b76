package dev.phaselock.proof;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A table as somebody may have one, with rows, and one that it may refer to.
 *
 * @param major of the server
 * @param table any name
 * @param columns besides {@code id}; at least one
 * @param rows how many there are, from 0 on
 */
record RandomSchema(
        int major, String table, List<Column> columns, boolean primaryKey, Partitions partitions, int rows) {
    /** As many as rows may refer to. */
    static final int MOST_ROWS = 30;

    /** Of a column, with an expression for its value in row g and one for a default. */
    enum Type {
        INTEGER("integer", "g", "7"),
        BIGINT("bigint", "g * 10000000000", "(- 1)"),
        NUMERIC("numeric(8,2)", "g / 4.0", "0.25"),
        TEXT("text", "'row ' || g", "'it''s'"),
        SHORT("character varying(20)", "'row ' || g", "'x'"),
        DATE("date", "date '2020-01-01' + g", "CURRENT_DATE"),
        TIME("timestamp with time zone", "timestamptz '2020-01-01' + g * interval '1 h'", "now()"),
        BOOLEAN("boolean", "g % 2 = 0", "false"),
        JSON("jsonb", "jsonb_build_object('row', g)", "'{}'"),
        ARRAY("integer[]", "ARRAY[g]", "'{1,2}'"),
        UUID("uuid", "md5(g::text)::uuid", "'00000000-0000-0000-0000-000000000000'");

        final String sql;
        final String value;
        final String standard;

        Type(String sql, String value, String standard) {
            this.sql = sql;
            this.value = value;
            this.standard = standard;
        }
    }

    /** How the table is divided by its id. */
    enum Partitions {
        NONE,
        TWO,
        WITH_DEFAULT,
        OF_PARTITIONS
    }

    record Column(String name, Type type, boolean notNull, boolean hasDefault) {
        private String sql() {
            return quoted(name) + " " + type.sql + (notNull ? " NOT NULL" : "")
                    + (hasDefault ? " DEFAULT " + type.standard : "");
        }
    }

    static String quoted(String name) {
        return "\"" + name.replace("\"", "\"\"") + "\"";
    }

    /** The table's name, quoted. */
    String name() {
        return quoted(table);
    }

    Column column(int number) {
        return columns.get(number % columns.size());
    }

    /** The statements that make it. */
    List<String> sql() {
        List<String> sql = new ArrayList<>(List.of(
                "CREATE TABLE parent (id int PRIMARY KEY)",
                "INSERT INTO parent SELECT generate_series(0, " + MOST_ROWS + ")",
                "CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
                "CREATE TABLE " + name() + " (id int NOT NULL, "
                        + columns.stream().map(Column::sql).collect(Collectors.joining(", "))
                        + (primaryKey ? ", PRIMARY KEY (id)" : "")
                        + ", CONSTRAINT old CHECK (id >= 0))"
                        + (partitions == Partitions.NONE ? "" : " PARTITION BY RANGE (id)")));
        String partition = "PARTITION OF " + name() + " FOR VALUES ";
        switch (partitions) {
            case NONE -> {}
            case TWO ->
                sql.addAll(List.of(
                        "CREATE TABLE low " + partition + "FROM (0) TO (10)",
                        "CREATE TABLE high " + partition + "FROM (10) TO (1000)"));
            case WITH_DEFAULT ->
                sql.addAll(List.of(
                        "CREATE TABLE low " + partition + "FROM (0) TO (10)",
                        "CREATE TABLE rest PARTITION OF " + name() + " DEFAULT"));
            case OF_PARTITIONS ->
                sql.addAll(List.of(
                        "CREATE TABLE low " + partition + "FROM (0) TO (1000) PARTITION BY RANGE (id)",
                        "CREATE TABLE lower PARTITION OF low FOR VALUES FROM (0) TO (10)",
                        "CREATE TABLE higher PARTITION OF low FOR VALUES FROM (10) TO (1000)"));
        }
        sql.add("INSERT INTO " + name() + " SELECT g, "
                + columns.stream().map(column -> column.type().value).collect(Collectors.joining(", "))
                + " FROM generate_series(0, " + rows + " - 1) AS g");
        sql.add("CREATE INDEX old_index ON " + name() + " (id)");
        return sql;
    }
}
