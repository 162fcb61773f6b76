package dev.phaselock.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.sql.PgParser;
import dev.phaselock.sql.SqlSyntaxException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SqlChangesTest {
    private static final PgParser PARSER = new PgParser();
    private static final ObjectMapper JSON = JsonMapper.builder()
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
            .build();

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            quoteCharacter = '`',
            value = {
                "ALTER TABLE a.t ADD CONSTRAINT k FOREIGN KEY (x, \"Y\") REFERENCES p (i, j) MATCH FULL ON DELETE SET NULL (x) ON"
                        + " UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED"
                        + " # {'addForeignKey':{'table':'a.t','name':'k','columns':['x','\\\"Y\\\"'],'references':{'table':'p',"
                        + "'columns':['i','j']},'onDelete':'SetNull','onDeleteColumns':['x'],'onUpdate':'Cascade','match':'Full',"
                        + "'deferrable':true,'initiallyDeferred':true}}",
                "ALTER TABLE t ADD FOREIGN KEY (x) REFERENCES \"select\" ON DELETE RESTRICT NOT VALID"
                        + " # {'addForeignKey':{'table':'t','columns':['x'],'references':{'table':'select'},"
                        + "'onDelete':'Restrict'}}",
                "ALTER TABLE t ADD CHECK ((x > 0) AND y <> ')') NO INHERIT"
                        + " # {'addCheck':{'table':'t','expression':'(x > 0) AND y <> \\u0027)\\u0027','noInherit':true}}",
                "ALTER TABLE t ADD CHECK (x /* ) */ > 0 -- so" + " # -",
                "ALTER TABLE t ALTER x SET DEFAULT f(1, ARRAY[2, 3]) + 4"
                        + " # {'setDefault':{'table':'t','column':'x','expression':'f(1, ARRAY[2, 3]) + 4'}}",
                "ALTER TABLE t ALTER x DROP DEFAULT # {'dropDefault':{'table':'t','column':'x'}}",
                "ALTER TABLE t ALTER x SET NOT NULL # {'setNotNull':{'table':'t','column':'x'}}",
                "ALTER TABLE t ALTER x DROP NOT NULL # {'dropNotNull':{'table':'t','column':'x'}}",
                "ALTER TABLE t DROP CONSTRAINT c # {'dropConstraint':{'table':'t','name':'c'}}",
                "ALTER TABLE t ADD c timestamp(3) with time zone COLLATE s.\"C\" DEFAULT now() - interval '1 day' NOT NULL"
                        + " # {'addColumn':{'table':'t','name':'c','type':'timestamp(3) with time zone',"
                        + "'collation':'s.\\\"C\\\"','defaultExpression':'now() - interval \\u00271 day\\u0027','notNull':true}}",
                "ALTER TABLE t ADD c uuid NOT NULL DEFAULT gen_random_uuid()"
                        + " # {'addColumn':{'table':'t','name':'c','type':'uuid',"
                        + "'defaultExpression':'gen_random_uuid()','notNull':true}}",
                "ALTER TABLE t ADD COLUMN \"C d\" numeric(10, 2)[] NULL"
                        + " # {'addColumn':{'table':'t','name':'\\\"C d\\\"','type':'numeric(10, 2)[]'}}",
                "ALTER TABLE t ADD c int CONSTRAINT k REFERENCES s.p (id) ON DELETE CASCADE INITIALLY DEFERRED CHECK (c > 0)"
                        + " # {'addColumn':{'table':'t','name':'c','type':'int','references':{'name':'k','table':'s.p','column':'id',"
                        + "'onDelete':'Cascade','deferrable':true,'initiallyDeferred':true},'check':{'expression':'c > 0'}}}",
                "ALTER TABLE t ADD c int DEFAULT 5 REFERENCES p NOT NULL; SET CONSTRAINTS ALL IMMEDIATE"
                        + " # {'addColumn':{'table':'t','name':'c','type':'int','defaultExpression':'5','notNull':true,"
                        + "'references':{'table':'p'}}}",
                "ALTER TABLE t ADD c text DEFAULT 'a' CONSTRAINT u UNIQUE, ADD d int PRIMARY KEY"
                        + " # {'addColumn':{'table':'t','name':'c','type':'text','defaultExpression':'\\u0027a\\u0027'}},"
                        + "{'addUnique':{'table':'t','name':'u','columns':['c']}},"
                        + "{'addColumn':{'table':'t','name':'d','type':'int'}},{'addPrimaryKey':{'table':'t','columns':['d']}}",
                "ALTER TABLE t DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (x > 0)"
                        + " # {'addCheck':{'table':'t','name':'c','expression':'x > 0','replaces':'c'}}",
                "ALTER TABLE t DROP CONSTRAINT k; ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (x) REFERENCES p NOT VALID;"
                        + " ALTER TABLE t VALIDATE CONSTRAINT k"
                        + " # {'addForeignKey':{'table':'t','name':'k','columns':['x'],'references':{'table':'p'},'replaces':'k'}}",
                "ALTER TABLE t DROP CONSTRAINT c, ADD CONSTRAINT d CHECK (x > 0)"
                        + " # {'dropConstraint':{'table':'t','name':'c'}},{'addCheck':{'table':'t','name':'d','expression':'x > 0'}}",
                "ALTER TABLE t ADD COLUMN c int GENERATED ALWAYS AS ((x + 1) * 2) VIRTUAL"
                        + " # {'addColumn':{'table':'t','name':'c','type':'int','generatedExpression':'(x + 1) * 2'}}",
                "ALTER TABLE t ALTER COLUMN c SET DATA TYPE varchar(20) COLLATE \"C\", ALTER d TYPE text"
                        + " # {'alterType':{'table':'t','column':'c','type':'varchar(20)','collation':'\\\"C\\\"'}},"
                        + "{'alterType':{'table':'t','column':'d','type':'text'}}",
                "ALTER TABLE t ALTER c SET STATISTICS 0 # {'setStatistics':{'table':'t','column':'c','target':0}}",
                "ALTER TABLE t ALTER c SET STATISTICS -1 # {'setStatistics':{'table':'t','column':'c','target':-1}}",
                "ALTER TABLE t ALTER c SET STORAGE external # {'setStorage':{'table':'t','column':'c','storage':'External'}}",
                "ALTER TABLE t DROP COLUMN \"C\" # {'dropColumn':{'table':'t','column':'\\\"C\\\"'}}",
                "ALTER TABLE t VALIDATE CONSTRAINT c # {'validateConstraint':{'table':'t','name':'c'}}",
                "ALTER TABLE t RENAME CONSTRAINT c TO d # {'renameConstraint':{'table':'t','name':'c','newName':'d'}}",
                "ALTER TABLE t ADD CONSTRAINT u UNIQUE NULLS NOT DISTINCT (x) INCLUDE (y) DEFERRABLE"
                        + " # {'addUnique':{'table':'t','name':'u','columns':['x'],'include':['y'],'nullsNotDistinct':true,"
                        + "'deferrable':true}}",
                "ALTER TABLE t ATTACH PARTITION s.\"for\" FOR VALUES FROM ('a', MINVALUE) TO ('b', 1) # {'attachPartition':{'table':'t',"
                        + "'partition':'s.for','bound':'FOR VALUES FROM (\\u0027a\\u0027, MINVALUE) TO (\\u0027b\\u0027, 1)'}}",
                "ALTER TABLE t DETACH PARTITION s.u CONCURRENTLY # {'detachPartition':{'table':'t','partition':'s.u'}}",
                "ALTER TABLE t ALTER CONSTRAINT c DEFERRABLE INITIALLY DEFERRED # {'alterConstraint':{'table':'t','name':'c',"
                        + "'deferrable':true,'initiallyDeferred':true}}",
                "ALTER TABLE t ALTER CONSTRAINT c NOT DEFERRABLE # {'alterConstraint':{'table':'t','name':'c','deferrable':false}}",
                "ALTER TABLE t SET (fillfactor = 70, toast.autovacuum_enabled = off) # {'setStorageParameters':{'table':'t','parameters':["
                        + "{'name':'fillfactor','value':'70'},{'name':'toast.autovacuum_enabled','value':'off'}]}}",
                "ALTER TABLE t RESET (fillfactor) # {'setStorageParameters':{'table':'t','parameters':[{'name':'fillfactor'}]}}",
                "COMMENT ON TABLE s.t IS 'a b' # {'comment':{'table':'s.t','text':'a b'}}",
                "COMMENT ON COLUMN s.t.\"C\" IS NULL # {'comment':{'table':'s.t','column':'\\\"C\\\"','text':''}}",
                "COMMENT ON CONSTRAINT c ON t IS 'a' # {'comment':{'table':'t','constraint':'c','text':'a'}}",
                "ALTER TYPE s.e ADD VALUE IF NOT EXISTS 'b' AFTER 'a' # {'addEnumValue':{'type':'s.e','value':'b','after':'a'}}",
                "ALTER TYPE e ADD VALUE 'b' BEFORE 'c' # {'addEnumValue':{'type':'e','value':'b','before':'c'}}",
                "ALTER TYPE e ADD VALUE 'b' # {'addEnumValue':{'type':'e','value':'b'}}",
                "ALTER TABLE t ENABLE ROW LEVEL SECURITY # {'setRowSecurity':{'table':'t','enabled':true}}",
                "CREATE TRIGGER g BEFORE INSERT OR UPDATE OF a ON s.t FOR EACH ROW WHEN (new.a > 0) EXECUTE FUNCTION f('x', 1)"
                        + " # {'createTrigger':{'table':'s.t','name':'g','timing':'Before','events':['Insert','Update'],"
                        + "'updateOf':['a'],'forEach':'Row','when':'new.a > 0','function':'f','arguments':['x','1']}}",
                "CREATE OR REPLACE TRIGGER g AFTER DELETE ON t REFERENCING OLD TABLE AS o EXECUTE PROCEDURE s.f()"
                        + " # {'createTrigger':{'table':'t','name':'g','timing':'After','events':['Delete'],"
                        + "'forEach':'Statement','function':'s.f','oldTable':'o','replace':true}}",
                "CREATE TABLE IF NOT EXISTS s.t (a int /* one */ REFERENCES p, CHECK (a > 0)) PARTITION BY RANGE (a)"
                        + " # {'createTable':{'table':'s.t','elements':'a int REFERENCES p, CHECK (a > 0)','partitionBy':'RANGE (a)'}}",
                "ALTER DOMAIN s.d ADD CONSTRAINT c CHECK (VALUE > 0) NOT VALID"
                        + " # {'addDomainConstraint':{'domain':'s.d','name':'c','expression':'VALUE > 0'}}",
                "ALTER TABLE t ADD CONSTRAINT x EXCLUDE USING gist (r WITH &&, s WITH =) WHERE (n > 0)"
                        + " # {'addExclusion':{'table':'t','name':'x','definition':'USING gist (r WITH &&, s WITH =) WHERE (n > 0)'}}",
                "ALTER TABLE t ALTER c ADD GENERATED ALWAYS AS IDENTITY (START WITH 5000000000)"
                        + " # {'addIdentity':{'table':'t','column':'c','generated':'Always','startWith':5000000000}}",
                "DROP TABLE IF EXISTS s.t, \"U\" # {'dropTable':{'table':'s.t'}},{'dropTable':{'table':'\\\"U\\\"'}}",
                "DROP TRIGGER g ON s.t # {'dropTrigger':{'table':'s.t','name':'g'}}",
                "ALTER TABLE t REPLICA IDENTITY FULL # {'setReplicaIdentity':{'table':'t','identity':'Full'}}",
                "ALTER TABLE t REPLICA IDENTITY USING INDEX i # {'setReplicaIdentity':{'table':'t','index':'i'}}",
                "REINDEX (VERBOSE) TABLE CONCURRENTLY s.t # {'reindex':{'table':'s.t'}}",
                "ALTER TABLE t ATTACH PARTITION u DEFAULT # {'attachPartition':{'table':'t','partition':'u','bound':'DEFAULT'}}",
                "ALTER TABLE t ADD PRIMARY KEY (x, y) # {'addPrimaryKey':{'table':'t','columns':['x','y']}}",
                "CREATE INDEX ON t (x) # {'createIndex':{'table':'t','columns':[{'name':'x'}]}}",
                "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (x)"
                        + " # {'createIndex':{'table':'t','name':'i','columns':[{'name':'x'}]}}",
                "DROP INDEX CONCURRENTLY IF EXISTS s.\"I\" # {'dropIndex':{'name':'s.\\\"I\\\"'}}",
                "DROP INDEX i, j # {'dropIndex':{'name':'i'}},{'dropIndex':{'name':'j'}}",
                "REINDEX INDEX CONCURRENTLY s.i # {'reindex':{'index':'s.i'}}",
                "ALTER TABLE t ADD COLUMN IF NOT EXISTS c int, ADD IF NOT EXISTS d text, DROP COLUMN IF EXISTS e, DROP CONSTRAINT IF EXISTS f"
                        + " # {'addColumn':{'table':'t','name':'c','type':'int'}},{'addColumn':{'table':'t','name':'d','type':'text'}},"
                        + "{'dropColumn':{'table':'t','column':'e'}},{'dropConstraint':{'table':'t','name':'f'}}",
                "CREATE UNIQUE INDEX CONCURRENTLY i ON t (x, \"Y\") INCLUDE (z) NULLS NOT DISTINCT; CREATE INDEX j ON t (x);"
                        + " ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX i DEFERRABLE"
                        + " # {'createIndex':{'table':'t','name':'j','columns':[{'name':'x'}]}},{'addUnique':{'table':'t','name':'u',"
                        + "'columns':['x','\\\"Y\\\"'],'include':['z'],'nullsNotDistinct':true,'deferrable':true}}",
                "CREATE UNIQUE INDEX i ON t (x); ALTER TABLE t ADD PRIMARY KEY USING INDEX i"
                        + " # {'addPrimaryKey':{'table':'t','name':'i','columns':['x']}}",
                "ALTER TABLE t ADD CONSTRAINT n CHECK (\"X\" IS NOT NULL) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT n;"
                        + " ALTER TABLE t ALTER \"X\" SET NOT NULL; ALTER TABLE t DROP CONSTRAINT n"
                        + " # {'setNotNull':{'table':'t','column':'\\\"X\\\"'}}",
                "ALTER TABLE t ADD CONSTRAINT n CHECK (x > 0), ALTER x SET NOT NULL, DROP CONSTRAINT n"
                        + " # {'addCheck':{'table':'t','name':'n','expression':'x > 0'}},{'setNotNull':{'table':'t','column':'x'}},"
                        + "{'dropConstraint':{'table':'t','name':'n'}}",
                "CREATE UNIQUE INDEX CONCURRENTLY i ON s.t USING gist (x COLLATE \"C\" public.ops DESC NULLS LAST, lower(y), (x || y) ASC)"
                        + " INCLUDE (z) WITH (fillfactor = 70, fastupdate = off) WHERE x > 1 AND f(y, 2)"
                        + " # {'createIndex':{'table':'s.t','name':'i','columns':[{'name':'x','collation':'\\\"C\\\"',"
                        + "'operatorClass':'public.ops','order':'Desc','nulls':'Last'},{'expression':'lower(y)'},"
                        + "{'expression':'x || y','order':'Asc'}],'include':['z'],'method':'gist','unique':true,"
                        + "'where':'x > 1 AND f(y, 2)','storageParameters':[{'name':'fillfactor','value':'70'},"
                        + "{'name':'fastupdate','value':'off'}]}}",
            })
    void aStatementBecomesTheOperationWithAllThatItSays(String sql, String expected) throws Exception {
        if (expected.equals("-")) {
            assertThatThrownBy(() -> SqlChanges.of(PARSER, sql)).isInstanceOf(SqlSyntaxException.class);
            return;
        }
        assertThat(JSON.readTree(JSON.writeValueAsString(SqlChanges.of(PARSER, sql))))
                .isEqualTo(JSON.readTree("[" + expected.replace('\'', '"') + "]"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN -- ;\n RETURN 1; END $$",
                "CREATE FUNCTION f() RETURNS int RETURN 1 + 1",
                "CREATE VIEW s.v AS SELECT 1",
                "COMMENT ON INDEX i IS 'a'",
                "COMMENT ON VIEW v IS 'a'",
                "COMMENT ON FUNCTION f(int) IS 'a'",
                "ALTER TYPE e RENAME VALUE 'a' TO 'b'",
                "ALTER INDEX IF EXISTS s.i RENAME TO j",
                "ALTER TABLE t OWNER TO joe",
                "ALTER TYPE c ADD ATTRIBUTE a numeric(10, 2)",
                "DROP FUNCTION IF EXISTS f(int), g",
                "GRANT SELECT ON t, u TO joe, PUBLIC",
                "GRANT a TO b",
                "UPDATE t SET x = 1, y = z || 'a' WHERE x IS NULL",
                "DELETE FROM t WHERE id IN (1, 2)",
                "INSERT INTO t (id, n) VALUES (1, now()) ON CONFLICT (id) DO UPDATE SET n = excluded.n",
            })
    void whatIsBriefRunsAsItsAuthorWroteIt(String sql) throws Exception {
        List<ChangeSpec> changes = SqlChanges.of(PARSER, "BEGIN; -- first\n" + sql + " -- last\n; COMMIT");
        assertThat(changes)
                .singleElement()
                .satisfies(change -> assertThat(change.runStatement().sql()).isEqualTo(sql));
    }

    @Test
    void aCommentInsideOfAStatementIsLeftOutAndOneInsideOfABodyIsNot() throws Exception {
        assertThat(SqlChanges.of(PARSER, "CREATE FUNCTION f() -- one\n RETURNS int LANGUAGE sql AS '-- two\n SELECT 1'")
                        .getFirst()
                        .runStatement()
                        .sql())
                .isEqualTo("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS '-- two\n SELECT 1'");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CREATE UNIQUE INDEX i ON t (lower(x)); ALTER TABLE t ADD UNIQUE USING INDEX i",
                "CREATE INDEX i ON t (x); ALTER TABLE t ADD UNIQUE USING INDEX i",
                "CREATE UNIQUE INDEX i ON t (x) WHERE x > 0; ALTER TABLE t ADD PRIMARY KEY USING INDEX i",
                "CREATE UNIQUE INDEX i ON u (x); ALTER TABLE t ADD UNIQUE USING INDEX i"
            })
    void aKeyIsMadeOnlyOfAnIndexOfWhichAllIsKnown(String sql) {
        assertThatThrownBy(() -> SqlChanges.of(PARSER, sql))
                .isInstanceOf(InconvertibleException.class)
                .hasMessageContaining("write addUnique or addPrimaryKey, with columns and usingIndex");
    }

    @Test
    void aBodyWithSemicolonsOutsideOfQuotesIsRefused() {
        assertThatThrownBy(() -> SqlChanges.of(PARSER, "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END"))
                .isInstanceOf(InconvertibleException.class)
                .hasMessageContaining("a body of BEGIN ATOMIC is not understood");
    }

    @Test
    void howItIsRunIsLeftOutAndWhatIsAddedInTwoStepsIsOneChange() throws Exception {
        List<ChangeSpec> changes = SqlChanges.of(PARSER, """
                BEGIN;
                SET LOCAL lock_timeout = '1s'; -- not for ever
                ALTER TABLE t ADD CONSTRAINT c CHECK (x > 0) NOT VALID, ADD CONSTRAINT d CHECK (y > /* two */ 2);
                COMMIT;
                ALTER TABLE t VALIDATE CONSTRAINT c;
                ALTER TABLE t VALIDATE CONSTRAINT d;
                """);
        assertThat(changes)
                .extracting(change -> change.operations().keySet().iterator().next())
                .containsExactly("addCheck", "addCheck", "validateConstraint");
        assertThat(changes.get(1).addCheck().expression()).isEqualTo("y > 2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ALTER TABLE ONLY t ADD CHECK (x > 0)",
                "ALTER TABLE IF EXISTS t ADD CHECK (x > 0)",
                "ALTER TABLE t ADD CHECK (x > 0) NOT ENFORCED",
                "ALTER TABLE t ADD FOREIGN KEY (x) REFERENCES p NOT ENFORCED",
                "ALTER TABLE t ADD FOREIGN KEY (x, PERIOD y) REFERENCES p (x, PERIOD y)",
                "ALTER TABLE t DROP CONSTRAINT c CASCADE",
                "ALTER TABLE t ADD UNIQUE (x) WITH (fillfactor = 70)",
                "ALTER TABLE t ADD UNIQUE (x) USING INDEX TABLESPACE s",
                "ALTER TABLE t ADD UNIQUE (x, y WITHOUT OVERLAPS)",
                "ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX i",
                "ALTER TABLE t ADD EXCLUDE USING gist (r WITH &&)",
                "ALTER TABLE t ALTER c TYPE int USING c::int",
                "ALTER TABLE t ALTER c SET STORAGE default",
                "ALTER TABLE t ALTER c SET STATISTICS default",
                "ALTER TABLE t ADD COLUMN c int GENERATED ALWAYS AS (x + 1) STORED",
                "ALTER TABLE t ADD COLUMN c int GENERATED ALWAYS AS IDENTITY",
                "ALTER TABLE t ADD COLUMN c int REFERENCES p MATCH FULL",
                "ALTER TABLE t ADD COLUMN c int REFERENCES p REFERENCES q",
                "ALTER TABLE t ADD COLUMN c int REFERENCES p ON DELETE SET NULL (c)",
                "ALTER TABLE t ADD COLUMN c int CHECK (c > 0) CHECK (c > 1)",
                "ALTER TABLE t ADD COLUMN c int CHECK (c > 0) NO INHERIT",
                "ALTER TABLE t ADD COLUMN c int UNIQUE DEFERRABLE",
                "ALTER TABLE t ADD COLUMN c int CONSTRAINT n NOT NULL",
                "ALTER TABLE t ADD COLUMN c text STORAGE external",
                "ALTER TABLE t DROP COLUMN c CASCADE",
                "ALTER VIEW v ALTER c SET DEFAULT 1",
                "ALTER TABLE t RENAME TO u",
                "ALTER TABLE t ATTACH PARTITION u FOR VALUES FROM (now()) TO (MAXVALUE)",
                "ALTER TABLE t DETACH PARTITION u FINALIZE",
                "ALTER TABLE t ALTER CONSTRAINT c NOT ENFORCED",
                "CREATE INDEX i ON ONLY t (x)",
                "CREATE INDEX i ON t (x) TABLESPACE s",
                "CREATE INDEX i ON t (x ops (a = 1))",
                "DROP INDEX i CASCADE",
                "DROP TABLE t CASCADE",
                "CREATE TABLE t (LIKE u)",
                "CREATE TABLE t (a int) ON COMMIT DROP",
                "CREATE TABLE t PARTITION OF u DEFAULT",
                "CREATE TABLE t (a int) INHERITS (u)",
                "CREATE TABLE t (a int) WITH (fillfactor = 70)",
                "CREATE UNLOGGED TABLE t (a int)",
                "CREATE TEMP TABLE t (a int)",
                "CREATE TABLE t AS SELECT 1",
                "ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 0)",
                "ALTER DOMAIN d ADD CHECK (VALUE > 0) NOT VALID",
                "ALTER DOMAIN d VALIDATE CONSTRAINT c",
                "ALTER DOMAIN d SET NOT NULL",
                "ALTER DOMAIN d DROP CONSTRAINT c",
                "ALTER TABLE t ALTER c ADD GENERATED ALWAYS AS IDENTITY",
                "ALTER TABLE t ALTER c ADD GENERATED ALWAYS AS IDENTITY (START WITH 1 CACHE 10)",
                "DROP TRIGGER g ON t CASCADE",
                "CREATE TRIGGER g INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION f()",
                "CREATE CONSTRAINT TRIGGER g AFTER INSERT ON t FROM p FOR EACH ROW EXECUTE FUNCTION f()",
                "SET search_path = a",
                "SET ROLE a",
                "ROLLBACK",
                "UPDATE t SET x = x + 1",
                "UPDATE t SET x = DEFAULT",
                "UPDATE t SET (x, y) = (y, 1)",
                "UPDATE t AS u SET x = u.x || 'a'",
                "UPDATE t SET x = 1 FROM u WHERE t.id = u.id",
                "UPDATE t SET x = 0 WHERE x = (SELECT max(x) FROM t)",
                "WITH w AS (SELECT 1) DELETE FROM t",
                "DELETE FROM t USING u WHERE t.id = u.id",
                "DELETE FROM t RETURNING *",
                "INSERT INTO t (a) VALUES (1)",
                "INSERT INTO t (a) VALUES (1) ON CONFLICT DO NOTHING",
                "INSERT INTO t (a) VALUES (1) ON CONFLICT (id) DO NOTHING",
                "INSERT INTO t (id) VALUES (DEFAULT) ON CONFLICT (id) DO NOTHING",
                "INSERT INTO t (id) VALUES (nextval('s')) ON CONFLICT (id) DO NOTHING",
                "INSERT INTO t (id) SELECT id FROM u ON CONFLICT (id) DO NOTHING",
                "INSERT INTO t (id, n) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET n = t.n + 1",
                "MERGE INTO t USING u ON t.id = u.id WHEN MATCHED THEN DELETE",
                "TRUNCATE t",
                "DROP VIEW v CASCADE",
                "DROP RULE r ON t",
                "CREATE RULE r AS ON INSERT TO t DO NOTHING",
                "CREATE TEMP VIEW v AS SELECT 1",
                "CREATE MATERIALIZED VIEW m AS SELECT 1",
                "REFRESH MATERIALIZED VIEW m",
                "CREATE SCHEMA s CREATE TABLE t (a int)",
                "CREATE EXTENSION e CASCADE",
                "CREATE TEMP SEQUENCE s",
                "CREATE SEQUENCE s OWNED BY t.a",
                "ALTER SEQUENCE s RESTART WITH 1",
                "CREATE STATISTICS ON a, b FROM t",
                "REVOKE ALL ON t FROM PUBLIC CASCADE",
                "ALTER TYPE c DROP ATTRIBUTE a",
                "ALTER TYPE c ADD ATTRIBUTE a int CASCADE",
                "ALTER TYPE c ADD ATTRIBUTE a int, ADD ATTRIBUTE b int",
                "ALTER FUNCTION f() RENAME TO g",
                "ALTER FUNCTION f() SET SCHEMA s",
                "CREATE ROLE a",
                "REINDEX SCHEMA s",
                "REINDEX (TABLESPACE s) TABLE t",
                "SELECT f()",
                "DO $$ BEGIN END $$",
            })
    void whatIsNotUnderstoodToTheLastAttributeIsRefusedWithItsPlace(String sql) {
        InconvertibleException refused =
                catchThrowableOfType(InconvertibleException.class, () -> SqlChanges.of(PARSER, "BEGIN;\n  " + sql));
        assertThat(refused).as(sql).isNotNull();
        assertThat(refused.position().line()).isEqualTo(2);
        assertThat(refused.position().column()).isEqualTo(3);
        assertThat(refused).hasMessageStartingWith(sql + ": ");
    }
}
