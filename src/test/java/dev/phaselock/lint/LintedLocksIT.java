package dev.phaselock.lint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.postgres.PgDatabase;
import dev.phaselock.postgres.PgServer;
import dev.phaselock.sql.LockMode;
import dev.phaselock.sql.PgParser;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the lint says of locks and rewrites is what servers do. */
class LintedLocksIT {
    private static final Set<Rule> REWRITES = Set.of(Rule.COLUMN_REWRITE, Rule.TYPE_CHANGE, Rule.TABLE_REWRITE);

    private static final String[] SCHEMA = {
        "CREATE TABLE p (id int PRIMARY KEY)",
        "CREATE TABLE t (id int PRIMARY KEY, a int, b int DEFAULT 1 NOT NULL, p_id int, r int4range,"
                + " CONSTRAINT positive CHECK (b > 0))",
        "INSERT INTO p SELECT generate_series(1, 10)",
        "INSERT INTO t SELECT i, i, i, i FROM generate_series(1, 10) i",
        "CREATE UNIQUE INDEX t_a ON t (a)",
        "ALTER TABLE t ADD CONSTRAINT later CHECK (a > 0) NOT VALID",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TABLE m (k int) PARTITION BY LIST (k)",
        "CREATE TABLE m1 PARTITION OF m FOR VALUES IN (1)",
    };

    /** Each is about t; what only newer servers know is marked. */
    private static final List<String> STATEMENTS = List.of(
            "ALTER TABLE t ADD FOREIGN KEY (p_id) REFERENCES p",
            "ALTER TABLE t ADD FOREIGN KEY (p_id) REFERENCES p NOT VALID",
            "ALTER TABLE t VALIDATE CONSTRAINT later",
            "ALTER TABLE t ADD CHECK (a > 0)",
            "ALTER TABLE t ADD CHECK (a > 0) NOT VALID",
            "ALTER TABLE t DROP CONSTRAINT positive",
            "ALTER TABLE t RENAME CONSTRAINT positive TO above",
            "ALTER TABLE t ALTER a SET NOT NULL",
            "ALTER TABLE t ALTER b DROP NOT NULL",
            "ALTER TABLE t ALTER b SET DEFAULT 2",
            "ALTER TABLE t ALTER b DROP DEFAULT",
            "ALTER TABLE t ADD UNIQUE (b)",
            "ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX t_a",
            "ALTER TABLE t ADD EXCLUDE USING gist (r WITH &&)",
            "ALTER TABLE t ADD COLUMN c int",
            "ALTER TABLE t ADD COLUMN c int DEFAULT 5 NOT NULL",
            "ALTER TABLE t ADD COLUMN c timestamptz DEFAULT now()",
            "ALTER TABLE t ADD COLUMN c timestamptz DEFAULT clock_timestamp()",
            "ALTER TABLE t ADD COLUMN c text DEFAULT upper(gen_random_uuid()::text)",
            "ALTER TABLE t ADD COLUMN c text DEFAULT to_char(now(), 'YYYY') || current_setting('TimeZone')",
            "ALTER TABLE t ADD COLUMN c double precision DEFAULT random()",
            "ALTER TABLE t ADD COLUMN c bigserial",
            "ALTER TABLE t ADD COLUMN c int GENERATED ALWAYS AS IDENTITY",
            "ALTER TABLE t ADD COLUMN c int GENERATED ALWAYS AS (a * 2) STORED",
            "18 ALTER TABLE t ADD COLUMN c int GENERATED ALWAYS AS (a * 2) VIRTUAL",
            "ALTER TABLE t ADD COLUMN c int UNIQUE",
            "ALTER TABLE t ADD COLUMN c int CHECK (c > 0)",
            "ALTER TABLE t ADD COLUMN c int REFERENCES p",
            "ALTER TABLE t ADD COLUMN c int DEFAULT 1 REFERENCES p",
            "ALTER TABLE t DROP COLUMN a",
            "ALTER TABLE t ALTER a TYPE bigint",
            "ALTER TABLE t ALTER a SET STATISTICS 500",
            "ALTER TABLE t SET (fillfactor = 90)",
            "ALTER TABLE t SET UNLOGGED",
            "ALTER TABLE t REPLICA IDENTITY FULL",
            "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
            "ALTER TABLE t DISABLE TRIGGER USER",
            "ALTER TABLE t RENAME TO other",
            "ALTER TABLE t RENAME COLUMN a TO z",
            "ALTER INDEX t_a RENAME TO t_z",
            "18 ALTER TABLE t ADD CONSTRAINT n NOT NULL a NOT VALID",
            "18 ALTER TABLE t ADD CONSTRAINT n NOT NULL a",
            "CREATE INDEX ON t (a)",
            "DROP INDEX t_a",
            "REINDEX TABLE t",
            "CLUSTER t USING t_pkey",
            "TRUNCATE t",
            "LOCK TABLE t",
            "LOCK TABLE t IN ROW SHARE MODE",
            "LOCK TABLE t IN SHARE MODE",
            "DROP TABLE t",
            "UPDATE t SET a = 1 WHERE id = 1",
            "INSERT INTO t (id) VALUES (100)",
            "CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
            "COMMENT ON TABLE t IS 'x'",
            "CREATE STATISTICS s ON a, b FROM t",
            "CREATE POLICY y ON t USING (a > 0)",
            "GRANT SELECT ON t TO PUBLIC",
            "ALTER TABLE t OWNER TO CURRENT_USER",
            "CREATE VIEW v AS SELECT a FROM t");

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void locksAndRewritesAreTheServersOwn(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(SCHEMA);
        Linter linter = new Linter(new PgParser(), false);
        List<String> wrong = new ArrayList<>();
        int tried = 0;
        for (String each : STATEMENTS) {
            int since = Character.isDigit(each.charAt(0)) ? Integer.parseInt(each.substring(0, 2)) : 0;
            if (server.major() < since) {
                continue;
            }
            tried++;
            String sql = since == 0 ? each : each.substring(3);
            List<Finding> findings = linter.lint(sql);
            LockMode told = findings.stream()
                    .map(Finding::lock)
                    .filter(Objects::nonNull)
                    .max(Comparator.naturalOrder())
                    .orElse(null);
            boolean rewriteTold = findings.stream().anyMatch(finding -> REWRITES.contains(finding.rule()));
            try (Connection session = database.connect();
                    Statement statement = session.createStatement()) {
                session.setAutoCommit(false);
                String fileBefore = one(statement, "SELECT pg_relation_filenode(%d)", oid(statement));
                long table = oid(statement);
                statement.execute(sql);
                LockMode taken = strongest(statement, table);
                String fileAfter = one(statement, "SELECT pg_relation_filenode(%d)", table);
                boolean rewritten = fileAfter != null && !fileAfter.equals(fileBefore);
                session.rollback();
                if (told == null ? taken.compareTo(LockMode.SHARE) >= 0 : !locksAgree(sql, told, taken)) {
                    wrong.add("%s: told %s, taken %s".formatted(sql, told, taken));
                }
                // TRUNCATE gives the table another file, but writes no row anew.
                if (rewritten != rewriteTold && !sql.startsWith("TRUNCATE")) {
                    wrong.add("%s: rewrite told %s, seen %s".formatted(sql, rewriteTold, rewritten));
                }
            }
        }
        assertThat(tried).isGreaterThan(50);
        assertThat(wrong).isEmpty();
    }

    /** REINDEX is told by its lock on the index, which stops reads, too. */
    private static boolean locksAgree(String sql, LockMode told, LockMode taken) {
        return told == taken || (sql.startsWith("REINDEX") && taken == LockMode.SHARE);
    }

    private static long oid(Statement statement) throws SQLException {
        return Long.parseLong(one(statement, "SELECT %d + 't'::regclass::oid::bigint", 0L));
    }

    private static LockMode strongest(Statement statement, long table) throws SQLException {
        LockMode strongest = LockMode.ACCESS_SHARE;
        try (ResultSet rows = statement.executeQuery("SELECT mode FROM pg_locks WHERE pid = pg_backend_pid()"
                + " AND locktype = 'relation' AND granted AND relation = " + table)) {
            while (rows.next()) {
                LockMode mode = LockMode.ofPgLocksName(rows.getString(1));
                strongest = mode.compareTo(strongest) > 0 ? mode : strongest;
            }
        }
        return strongest;
    }

    private static String one(Statement statement, String query, long argument) throws SQLException {
        try (ResultSet row = statement.executeQuery(query.formatted(argument))) {
            row.next();
            return row.getString(1);
        }
    }
}
