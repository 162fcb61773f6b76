package dev.phaselock.lint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.sql.PgParser;
import dev.phaselock.sql.SqlSyntaxException;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LinterTest {
    private static final PgParser PARSER = new PgParser();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "ALTER TABLE t ADD FOREIGN KEY (p_id) REFERENCES p | error foreign-key-scan",
                "ALTER TABLE t ADD FOREIGN KEY (p_id) REFERENCES p NOT VALID | warning lock-queue",
                "ALTER TABLE t VALIDATE CONSTRAINT c | ",
                "ALTER TABLE t ADD CHECK (a > 0) | error check-scan",
                "ALTER TABLE t ADD CHECK (a > 0) NOT VALID | warning lock-queue",
                "ALTER TABLE t ADD CHECK (a > 0) NOT ENFORCED | warning lock-queue",
                "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p NOT ENFORCED | warning lock-queue",
                "ALTER TABLE t ALTER a SET NOT NULL | error not-null-scan",
                "ALTER TABLE t ADD CONSTRAINT n NOT NULL a NOT VALID | warning lock-queue",
                "ALTER TABLE t ADD CONSTRAINT n NOT NULL a | error not-null-scan",
                "ALTER TABLE t ALTER a DROP NOT NULL | warning lock-queue",
                "ALTER TABLE t ADD UNIQUE (a) | error unique-build",
                "ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX i | warning lock-queue",
                "ALTER TABLE t ADD CONSTRAINT u PRIMARY KEY USING INDEX i | warning lock-queue, notice not-null-scan",
                "ALTER TABLE t ADD EXCLUDE USING gist (r WITH &&) | error exclusion-build",
                "ALTER TABLE t ADD COLUMN b int | warning lock-queue",
                "ALTER TABLE t ADD COLUMN b timestamptz DEFAULT now() | warning lock-queue",
                "ALTER TABLE t ADD COLUMN b timestamptz DEFAULT CURRENT_TIMESTAMP | warning lock-queue",
                "ALTER TABLE t ADD COLUMN b timestamptz DEFAULT clock_timestamp() | error column-rewrite",
                "ALTER TABLE t ADD COLUMN b text DEFAULT upper(gen_random_uuid()::text) | error column-rewrite",
                "ALTER TABLE t ADD COLUMN b int DEFAULT mine() | error column-rewrite",
                "ALTER TABLE t ADD COLUMN b bigserial | error column-rewrite",
                "ALTER TABLE t ADD COLUMN b int GENERATED ALWAYS AS IDENTITY | error column-rewrite",
                "ALTER TABLE t ADD COLUMN b int GENERATED ALWAYS AS (a * 2) STORED | error column-rewrite",
                "ALTER TABLE t ADD COLUMN b int GENERATED ALWAYS AS (a * 2) VIRTUAL | warning lock-queue",
                "ALTER TABLE t ADD COLUMN b int UNIQUE | error unique-build",
                "ALTER TABLE t ADD COLUMN b int CHECK (b > 0) | error check-scan",
                "ALTER TABLE t ADD COLUMN b int REFERENCES p | warning lock-queue",
                "ALTER TABLE t ADD COLUMN b int DEFAULT 1 REFERENCES p | error foreign-key-scan",
                "ALTER TABLE t DROP COLUMN a | warning lock-queue, warning breaks-clients",
                "ALTER TABLE t ALTER a TYPE bigint | error type-change",
                "ALTER TABLE t ALTER a SET STATISTICS 500 | ",
                "ALTER TABLE t SET (fillfactor = 90) | ",
                "ALTER TABLE t SET UNLOGGED | error table-rewrite",
                "ALTER TABLE t DISABLE TRIGGER ALL | warning lock-queue",
                "ALTER TABLE t RENAME TO u | warning lock-queue, warning breaks-clients",
                "ALTER TABLE t RENAME CONSTRAINT a TO b | warning lock-queue",
                "ALTER INDEX i RENAME TO j | ",
                "ALTER TABLE m ATTACH PARTITION t FOR VALUES IN (1) | error partition-scan",
                "ALTER TABLE m DETACH PARTITION t | warning lock-queue",
                "ALTER TABLE m DETACH PARTITION t CONCURRENTLY | ",
                "CREATE INDEX ON t (a) | error index-build",
                "CREATE INDEX CONCURRENTLY ON t (a) | ",
                "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a) | warning invalid-index",
                "DROP INDEX i | warning lock-queue",
                "DROP INDEX CONCURRENTLY i | ",
                "REINDEX TABLE t | error index-build",
                "REINDEX TABLE CONCURRENTLY t | ",
                "CLUSTER t USING i | error table-rewrite",
                "VACUUM FULL t | error table-rewrite",
                "VACUUM t | ",
                "REFRESH MATERIALIZED VIEW v | error table-rewrite",
                "TRUNCATE t | warning lock-queue",
                "LOCK TABLE t | warning lock-queue",
                "LOCK TABLE t IN ROW SHARE MODE | ",
                "UPDATE t SET a = 1 | warning data-change",
                "UPDATE t SET a = 1 WHERE id = 1 | notice data-change",
                "INSERT INTO t VALUES (1) | ",
                "CREATE TRIGGER g AFTER INSERT ON t EXECUTE FUNCTION f() | warning lock-queue",
                "ALTER DOMAIN d ADD CHECK (VALUE > 0) | error domain-scan",
                "ALTER DOMAIN d ADD CHECK (VALUE > 0) NOT VALID | ",
                "ALTER DOMAIN d VALIDATE CONSTRAINT c | error domain-scan",
                "ALTER TYPE e ADD VALUE 'x' | ",
                "COMMENT ON TABLE t IS 'x' | ",
                "CREATE TABLE n (id int) | ",
                "CREATE TABLE n (p_id int REFERENCES p) | warning lock-queue",
                "CREATE TABLE n PARTITION OF m FOR VALUES IN (1) | warning lock-queue",
                "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p | notice not-judged",
            })
    void eachStatementIsJudgedByWhatOthersFeelOfIt(String sql, String expected) {
        assertThat(found(sql)).isEqualTo(expected == null ? "" : expected);
    }

    @Test
    void whatTheFileItselfCreatesMayBeChangedFreely() {
        assertThat(found("""
                CREATE TABLE app.n (id int, t_id int);
                ALTER TABLE app.n ADD CHECK (id > 0);
                CREATE INDEX ON app.n (id);
                UPDATE app.n SET id = 1;
                DROP TABLE app.n;""")).isEmpty();
        // Another one of that name may be meant, and one that may be there already may have rows.
        assertThat(found("CREATE TABLE app.n (id int); CREATE INDEX ON n (id)")).isEqualTo("error index-build");
        assertThat(found("CREATE TABLE IF NOT EXISTS n (id int); CREATE INDEX ON n (id)"))
                .isEqualTo("error index-build");
    }

    @Test
    void aValidatedCheckSparesSetNotNullItsScan() {
        String check = "ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID;";
        assertThat(found(check + "ALTER TABLE t VALIDATE CONSTRAINT c; ALTER TABLE t ALTER a SET NOT NULL"))
                .isEqualTo("warning lock-queue, warning lock-queue");
        assertThat(found(check + "ALTER TABLE t ALTER a SET NOT NULL"))
                .isEqualTo("warning lock-queue, error not-null-scan");
        assertThat(found(check + "ALTER TABLE t VALIDATE CONSTRAINT c; ALTER TABLE t ALTER b SET NOT NULL"))
                .endsWith("error not-null-scan");
    }

    @Test
    void inATransactionAStrongLockIsHeldWhileOtherWorkIsDone() {
        String add = "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID;";
        String validate = "ALTER TABLE t VALIDATE CONSTRAINT c;";
        assertThat(found("BEGIN;" + add + validate + "COMMIT")).isEqualTo("warning lock-queue, error lock-held");
        assertThat(found("BEGIN;" + add + "COMMIT;" + validate)).isEqualTo("warning lock-queue");
        assertThat(found(add + validate)).isEqualTo("warning lock-queue");
        assertThat(levels(new Linter(PARSER, true).lint(add + validate)))
                .isEqualTo("warning lock-queue, error lock-held");
        assertThat(found("BEGIN;" + add + "ALTER TABLE u ADD COLUMN b int; COMMIT"))
                .isEqualTo("warning lock-queue, warning lock-queue, warning lock-held");
        assertThat(found("BEGIN; CREATE INDEX CONCURRENTLY ON t (a); COMMIT"))
                .isEqualTo("error concurrently-in-transaction");
    }

    @Test
    void aTimeoutBoundsTheQueueAndEndsWhatTakesItsTime() {
        assertThat(found("SET lock_timeout = '100ms'; ALTER TABLE t ADD COLUMN b int"))
                .isEqualTo("notice lock-queue");
        assertThat(found("SET lock_timeout = 100; SET lock_timeout = 0; ALTER TABLE t ADD COLUMN b int"))
                .isEqualTo("warning lock-queue");
        assertThat(found("SET lock_timeout = 100; RESET lock_timeout; ALTER TABLE t ADD COLUMN b int"))
                .isEqualTo("warning lock-queue");
        assertThat(found("SET lock_timeout = 100; CREATE INDEX CONCURRENTLY ON t (a)"))
                .isEqualTo("warning timeout-for-long-work");
        assertThat(found("SET statement_timeout = '5s'; ALTER TABLE t VALIDATE CONSTRAINT c"))
                .isEqualTo("warning timeout-for-long-work");
    }

    @Test
    void aCommentIgnoresARuleForItsStatementOnly() {
        String index = "CREATE INDEX ON t (a);";
        assertThat(found("-- phaselock:ignore index-build\n" + index)).isEmpty();
        assertThat(found(index + " -- phaselock:ignore index-build")).isEmpty();
        assertThat(found("/* phaselock:ignore data-change, index-build */" + index))
                .isEmpty();
        assertThat(found("-- phaselock:ignore index-build\n" + index + "\n" + index))
                .isEqualTo("error index-build");
        assertThat(found("-- phaselock:ignore data-change\n" + index)).isEqualTo("error index-build");
        assertThat(found("-- phaselock:ignore\n" + index)).isEqualTo("warning unknown-rule, error index-build");
        assertThat(found("-- phaselock:ignore indexes\n" + index)).isEqualTo("warning unknown-rule, error index-build");
        assertThat(found("SELECT '-- phaselock:ignore index-build';\n" + index)).isEqualTo("error index-build");
    }

    @Test
    void aFindingSaysWhereItsStatementBegins() {
        List<Finding> findings =
                new Linter(PARSER, false).lint("-- größer\nSELECT 'ü';\n\n  /* x */ CREATE INDEX\n  ON t (a);");
        assertThat(findings).singleElement().satisfies(finding -> {
            assertThat(finding.position().line()).isEqualTo(4);
            assertThat(finding.position().column()).isEqualTo(11);
            assertThat(finding.statement()).isEqualTo("CREATE INDEX");
        });
    }

    @Test
    void whatIsNotSqlIsRefusedWithItsPlace() {
        assertThatThrownBy(() -> new Linter(PARSER, false).lint("SELECT 1;\nALTER TABEL t"))
                .isInstanceOf(SqlSyntaxException.class)
                .hasMessageContaining("TABEL")
                .hasMessageContaining("line 2");
        assertThat(found("")).isEmpty();
        assertThat(found("-- nothing")).isEmpty();
    }

    @Test
    void everyRuleIsDocumented() throws Exception {
        String page = java.nio.file.Files.readString(java.nio.file.Path.of("docs", "lint.md"));
        for (Rule rule : Rule.values()) {
            assertThat(page).contains("| `" + rule.id() + "` |");
            assertThat(Rule.of(rule.id())).contains(rule);
        }
    }

    private static String found(String sql) {
        return levels(new Linter(PARSER, false).lint(sql));
    }

    private static String levels(List<Finding> findings) {
        return String.join(
                ", ",
                findings.stream()
                        .map(finding -> finding.level().name().toLowerCase(Locale.ROOT) + " "
                                + finding.rule().id())
                        .toList());
    }
}
