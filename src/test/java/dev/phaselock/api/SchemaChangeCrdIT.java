package dev.phaselock.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.Kubectl.Answer;
import dev.phaselock.change.Changes;
import dev.phaselock.change.Reversal;
import dev.phaselock.local.TestCluster;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The resource definition on a real API server, through kubectl. */
class SchemaChangeCrdIT {
    private static String namespace;

    private static final String SPEC = """
            apiVersion: phaselock.dev/v1alpha1
            kind: SchemaChange
            metadata:
              name: %s
            spec:
              database:
                secretRef: {name: shop-db-app}
            %s
            """;
    private static final String CHECK = """
              changes:
                - addCheck: {table: orders, expression: total >= 0}
            """;

    @BeforeAll
    static void install() {
        InstalledCrd.ensure();
        namespace = TestCluster.namespace();
    }

    private static Answer kubectl(String input, String... arguments) {
        String[] all = new String[arguments.length + 2];
        all[0] = "-n";
        all[1] = namespace;
        System.arraycopy(arguments, 0, all, 2, arguments.length);
        return Kubectl.run(input, all);
    }

    private static Answer apply(String name, String rest) {
        return kubectl(SPEC.formatted(name, rest), "apply", "-f", "-");
    }

    private static String field(String name, String path) {
        return kubectl("", "get", "schg", name, "-o", "jsonpath={" + path + "}").text();
    }

    private static void created(String name, String rest) {
        Answer answer = apply(name, rest);
        assertThat(answer.exitCode()).as(answer.text()).isZero();
    }

    private static void refused(String name, String rest, String... told) {
        Answer answer = apply(name, rest);
        assertThat(answer.exitCode()).as(answer.text()).isNotZero();
        assertThat(answer.text()).contains(told);
        assertThat(kubectl("", "get", "schg", name).exitCode()).isNotZero();
    }

    @Test
    void twoOperationsInOneEntryAreRefused() {
        refused("two", """
                  changes:
                    - addCheck: {table: orders, expression: total >= 0}
                      addForeignKey: {table: orders, columns: [a], references: {table: customers}}
                """, "spec.changes[0]", "exactly one operation");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "addForeignKey: {table: orders, name: f, columns: [a], references: {table: customers}}",
                "addForeignKey: {table: orders, columns: [a], references: {table: customers}}",
                "addCheck: {table: orders, name: c, expression: total >= 0}",
                "addCheck: {table: orders, expression: total >= 0}",
                "setNotNull: {table: orders, column: total}",
                "dropNotNull: {table: orders, column: note}",
                "validateConstraint: {table: orders, name: a}",
                "dropConstraint: {table: orders, name: b}",
                "renameConstraint: {table: orders, name: c, newName: d}",
                "setDefault: {table: orders, column: total, expression: '0'}",
                "dropDefault: {table: orders, column: note}",
                "createIndex: {table: orders, name: i, columns: [{name: total}]}",
                "createIndex: {table: orders, columns: [{name: total}]}",
                "dropIndex: {table: orders, name: e}",
                "addUnique: {table: orders, name: u, columns: [total]}",
                "addUnique: {table: orders, columns: [total]}",
                "addUnique: {table: orders, name: u, columns: [total], usingIndex: f}",
                "addPrimaryKey: {table: orders, name: k, columns: [id]}",
                "addPrimaryKey: {table: orders, columns: [id]}",
                "addPrimaryKey: {table: orders, name: k, columns: [id], usingIndex: f}",
                "attachPartition: {table: events, partition: events_1, bound: FOR VALUES IN (1)}",
                "detachPartition: {table: events, partition: events_2}",
                "alterConstraint: {table: orders, name: g, deferrable: true}",
                "setStorageParameters: {table: orders, parameters: [{name: fillfactor, value: '70'}]}",
                "comment: {table: orders, column: total, text: in cents}",
                "addEnumValue: {type: state, value: returned}",
                "setRowSecurity: {table: orders, enabled: true}",
                "setRowSecurity: {table: orders, enabled: true, forced: false}",
                "setReplicaIdentity: {table: orders, identity: Full}",
                "createTrigger: {table: orders, name: t, timing: After, events: [Insert], forEach: Row, function: f}",
                "createTrigger: {table: orders, name: t, timing: After, events: [Insert], forEach: Row, function: f, replace: false}",
                "createTrigger: {table: orders, name: t, timing: After, events: [Insert], forEach: Row, function: f, replace: true}",
                "dropTrigger: {table: orders, name: u}",
                "dropTable: {table: orders_old}",
                "createTable: {table: events, elements: id int PRIMARY KEY}",
                "addDomainConstraint: {domain: email, name: c, expression: VALUE <> ''}",
                "addExclusion: {table: bookings, name: c, definition: USING gist (during WITH &&)}",
                "addIdentity: {table: orders, column: id, generated: ByDefault, startWith: 1000}",
                "dropColumn: {table: orders, column: gone}",
                "addColumn: {table: orders, name: new, type: int}",
                "alterType: {table: orders, column: note, type: text}",
                "setStatistics: {table: orders, column: note, target: 500}",
                "setStorage: {table: orders, column: note, storage: External}"
            })
    void revertIsAcceptedForWhatCanBeUndoneAndNothingElse(String operation) {
        ChangeSpec spec = Serialization.unmarshal(operation, ChangeSpec.class);
        boolean undoable = !Reversal.of(Changes.from(List.of(spec)).getFirst()).isEmpty();

        Answer answer = kubectl(
                SPEC.formatted("revert", "  deletionPolicy: Revert\n  changes:\n    - " + operation),
                "create",
                "--dry-run=server",
                "-f",
                "-");

        assertThat(answer.exitCode() == 0).as(answer.text()).isEqualTo(undoable);
        assertThat(answer.text().contains("deletionPolicy Revert: a change in changes cannot be undone"))
                .as(answer.text())
                .isEqualTo(!undoable);
    }

    @Test
    void revertCannotBeSetOnceAPhaseThatChangesTheDatabaseHasBegunAndRetainAlwaysCan() {
        String check = "  changes:\n    - addCheck: {table: orders, name: c, expression: total >= 0}\n";
        created("policy", check);
        assertThat(field("policy", ".spec.deletionPolicy")).isEqualTo("Retain");
        assertThat(policy("policy", "Revert").exitCode()).isZero();
        Answer begun = kubectl(
                "",
                "patch",
                "schg",
                "policy",
                "--subresource=status",
                "--type=merge",
                "-p",
                "{\"status\":{\"begun\":true}}");
        assertThat(begun.exitCode()).as(begun.text()).isZero();
        assertThat(policy("policy", "Retain").exitCode()).isZero();
        Answer late = policy("policy", "Revert");
        assertThat(late.exitCode()).isNotZero();
        assertThat(late.text()).contains("spec.deletionPolicy cannot become Revert once");
    }

    private static Answer policy(String name, String policy) {
        return kubectl(
                "", "patch", "schg", name, "--type=merge", "-p", "{\"spec\":{\"deletionPolicy\":\"" + policy + "\"}}");
    }

    @Test
    void everyOperationIsAccepted() {
        created("operations", """
                  changes:
                    - addForeignKey: {table: orders, columns: [a], references: {table: customers}}
                    - addCheck: {table: orders, expression: total >= 0}
                    - setNotNull: {table: orders, column: total}
                    - dropNotNull: {table: orders, column: note}
                    - validateConstraint: {table: orders, name: a}
                    - dropConstraint: {table: orders, name: b}
                    - renameConstraint: {table: orders, name: c, newName: d}
                    - setDefault: {table: orders, column: total, expression: "0"}
                    - dropDefault: {table: orders, column: note}
                    - createIndex: {table: orders, columns: [{name: total}, {expression: lower(note), order: Desc}]}
                    - dropIndex: {table: orders, name: e}
                    - addUnique: {table: orders, columns: [total], deferrable: true, initiallyDeferred: true}
                    - addPrimaryKey: {table: orders, columns: [id], usingIndex: f}
                    - attachPartition: {table: events, partition: events_1, bound: FOR VALUES IN (1)}
                    - detachPartition: {table: events, partition: events_2}
                    - alterConstraint: {table: orders, name: g, deferrable: true, initiallyDeferred: true}
                    - setStorageParameters: {table: orders, parameters: [{name: fillfactor, value: "70"}, {name: parallel_workers}]}
                    - comment: {table: orders, column: total, text: in cents}
                    - addEnumValue: {type: state, value: returned, after: sent}
                    - setRowSecurity: {table: orders, enabled: true}
                    - setReplicaIdentity: {table: orders, identity: Full}
                    - createTrigger: {table: orders, name: t, timing: After, events: [Insert, Update], updateOf: [a], forEach: Row, when: new.a > 0, function: f, arguments: [x]}
                    - dropTrigger: {table: orders, name: u}
                    - dropTable: {table: orders_old}
                    - createTable: {table: events, elements: id int PRIMARY KEY, partitionBy: RANGE (id)}
                    - addDomainConstraint: {domain: email, name: c, expression: VALUE <> ''}
                    - addExclusion: {table: bookings, name: c, definition: USING gist (during WITH &&)}
                    - addIdentity: {table: orders, column: id, generated: ByDefault, startWith: 1000}
                    - runStatement: {sql: GRANT SELECT ON orders TO reporting}
                    - reindex: {table: orders, index: orders_note}
                    - dropColumn: {table: orders, column: gone}
                    - addColumn: {table: orders, name: new, type: "numeric(10, 2)", defaultExpression: "0", notNull: true}
                    - addColumn: {table: orders, name: token, type: uuid, defaultExpression: gen_random_uuid(), fireTriggers: true}
                    - alterType: {table: orders, column: remark, type: text}
                    - setStatistics: {table: orders, column: total, target: -1}
                    - setStorage: {table: orders, column: note, storage: External}
                """);
    }

    @Test
    void aNewColumnThatCannotBeIsRefused() {
        refused(
                "novalue",
                "  changes: [{addColumn: {table: t, name: c, type: int, notNull: true}}]",
                "spec.changes[0].addColumn",
                "notNull needs a defaultExpression");
        refused(
                "twovalues",
                "  changes: [{addColumn: {table: t, name: c, type: int, defaultExpression: '1', generatedExpression: '2'}}]",
                "either defaultExpression or generatedExpression");
    }

    @Test
    void anIndexOfNothingOrOfTwoThingsInOneIsRefused() {
        refused(
                "nocolumn",
                "  changes: [{createIndex: {table: t, columns: [{order: Desc}]}}]",
                "spec.changes[0].createIndex.columns[0]",
                "either name or expression");
        refused(
                "both",
                "  changes: [{createIndex: {table: t, columns: [{name: a, expression: a + 1}]}}]",
                "either name or expression");
        refused(
                "nulls",
                "  changes: [{createIndex: {table: t, columns: [{name: a}], nullsNotDistinct: true}}]",
                "nullsNotDistinct needs unique: true");
    }

    @Test
    void anEntryWithoutAnOperationIsRefused() {
        refused("none", "  changes: [{}]", "spec.changes[0]", "exactly one operation");
    }

    @Test
    void noChangesAtAllAreRefused() {
        refused("empty", "  changes: []", "spec.changes", "at least 1");
        refused("missing", "  suspend: false", "exactly one of changes, sql and sqlFrom is wanted");
        Answer answer = kubectl(
                "{\"apiVersion\": \"phaselock.dev/v1alpha1\", \"kind\": \"SchemaChange\", \"metadata\": {\"name\": \"nospec\"}}",
                "apply",
                "-f",
                "-");
        assertThat(answer.text()).contains("spec", "Required");
    }

    @Test
    void sqlStandsInForChangesAndNotBesideThem() {
        String sql = "  sql: ALTER TABLE orders ADD CHECK (total >= 0)\n";
        created("sql", sql);
        refused("both", CHECK + sql, "exactly one of changes, sql and sqlFrom is wanted");
        String from = "  sqlFrom:\n    configMapKeyRef: {name: migrations, key: up.sql}\n";
        refused("three", from + sql, "exactly one of changes, sql and sqlFrom is wanted");
        refused("keyless", "  sqlFrom:\n    configMapKeyRef: {name: migrations}\n", "key");
        refused("empty-sql", "  sql: ''", "spec.sql", "at least 1");
        created("long-sql", "  sql: '" + "-".repeat(50_000) + "'");
        refused("longer-sql", "  sql: '" + "-".repeat(50_001) + "'", "spec.sql", "50000");

        status("sql", "{\"status\":{\"begun\":true}}");
        for (String edited : List.of(sql.replace(">= 0", "> 0"), CHECK)) {
            Answer answer = apply("sql", edited);
            assertThat(answer.exitCode()).isNotZero();
            assertThat(answer.text())
                    .contains("spec.changes, spec.sql, spec.sqlFrom and spec.database cannot be edited");
        }
        created("sql", sql + "  suspend: true");
    }

    @Test
    void moreThanAHundredChangesAreRefused() {
        String entry = "    - addCheck: {table: orders, expression: total >= 0}\n";
        created("hundred", "  changes:\n" + entry.repeat(100));
        refused("more", "  changes:\n" + entry.repeat(101), "spec.changes", "100");
    }

    @Test
    void anUnknownFieldIsRefusedByName() {
        refused("unknown", CHECK + "  validaton: {gate: Applied}", "unknown field \"spec.validaton\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"soon", "-1s", "1", "1d", "\"\"", "1s1m", "1.5s"})
    void aBadDurationIsRefused(String duration) {
        refused("duration", CHECK + "  locks: {timeout: " + duration + "}", "spec.locks.timeout");
    }

    @ParameterizedTest
    @ValueSource(strings = {"100ms", "1s", "1m30s", "1h", "999999999ms"})
    void aDurationIsTaken(String duration) {
        created("duration-" + duration, CHECK + "  locks: {timeout: " + duration + "}");
    }

    @ParameterizedTest
    @CsvSource({"sample,-1", "sample,21", "connections,0", "connections,9"})
    void numbersOutOfRangeAreRefused(String field, int value) {
        refused("number", CHECK + "  validation: {" + field + ": " + value + "}", "spec.validation." + field);
    }

    @Test
    void anUnknownGateIsRefusedWithThoseThatThereAre() {
        refused("gate", CHECK + "  validation: {gate: Never}", "spec.validation.gate", "Applied", "Validated");
    }

    @Test
    void optionsOfAForeignKeyThatDoNotGoTogetherAreRefused() {
        refused(
                "set-columns",
                "  changes: [{addForeignKey: {table: o, columns: [a], references: {table: c}, onDelete: Cascade, onDeleteColumns: [a]}}]",
                "onDeleteColumns goes with onDelete");
        refused(
                "deferred",
                "  changes: [{addForeignKey: {table: o, columns: [a], references: {table: c}, initiallyDeferred: true}}]",
                "initiallyDeferred needs deferrable");
    }

    @Test
    void aFreshResourceHasItsDefaultsAndIsNotTakenForAFinishedOne() {
        created("fresh", CHECK + "  locks: {timeout: 50ms, blockers: {}}\n  validation: {}");

        assertThat(field("fresh", ".status")).isEqualTo("{\"observedGeneration\":-1}");
        assertThat(field("fresh", ".spec.locks.timeout")).isEqualTo("50ms");
        assertThat(field("fresh", ".spec.locks.budget")).isEqualTo("1s");
        assertThat(field("fresh", ".spec.locks.deadline"))
                .as("it depends on the window")
                .isEmpty();
        assertThat(field("fresh", ".spec.locks.blockers.action")).isEqualTo("Wait");
        assertThat(field("fresh", ".spec.locks.blockers.after")).isEqualTo("5m");
        assertThat(field("fresh", ".spec.validation.gate")).isEqualTo("Validated");
        assertThat(field("fresh", ".spec.validation.sample")).isEqualTo("5");
        assertThat(field("fresh", ".spec.suspend")).isEqualTo("false");
    }

    @Test
    void whatIsPlannedCanBeEditedUntilAPhaseHasBegunAndNotAfterwards() {
        created("frozen", CHECK);
        created("frozen", CHECK.replace(">= 0", "> 0"));
        status("frozen", "{\"status\":{\"begun\":true}}");

        Answer changes = apply("frozen", CHECK.replace(">= 0", ">= 1"));
        assertThat(changes.exitCode()).isNotZero();
        assertThat(changes.text()).contains("spec.changes, spec.sql, spec.sqlFrom and spec.database cannot be edited");
        Answer database = kubectl(
                "", "patch", "schg", "frozen", "--type=merge", "-p", "{\"spec\":{\"database\":{\"name\":\"other\"}}}");
        assertThat(database.exitCode()).isNotZero();
        assertThat(database.text()).contains("spec.changes, spec.sql, spec.sqlFrom and spec.database cannot be edited");

        created("frozen", CHECK.replace(">= 0", "> 0") + "  suspend: true\n  locks: {deadline: 2h}");
        Answer label = kubectl("", "annotate", "schg", "frozen", "phaselock.dev/retry=1");
        assertThat(label.exitCode()).as(label.text()).isZero();
    }

    @Test
    void anEditCannotWriteTheStatus() {
        created("status", CHECK);
        status("status", "{\"status\":{\"begun\":true}}");
        Answer answer = kubectl(
                "",
                "patch",
                "schg",
                "status",
                "--type=merge",
                "-p",
                "{\"status\":{\"begun\":false},\"spec\":{\"database\":{\"name\":\"other\"}}}");

        assertThat(answer.exitCode()).isNotZero();
        assertThat(field("status", ".status.begun")).isEqualTo("true");
    }

    @Test
    void conditionsAreKeyedByTheirType() {
        created("conditions", CHECK);
        String condition =
                "{\"type\":\"Ready\",\"status\":\"True\",\"reason\":\"R\",\"message\":\"m\",\"lastTransitionTime\":\"2026-11-21T10:00:00Z\"}";
        Answer twice = kubectl(
                "",
                "patch",
                "schg",
                "conditions",
                "--subresource=status",
                "--type=merge",
                "-p",
                "{\"status\":{\"conditions\":[" + condition + "," + condition + "]}}");
        assertThat(twice.exitCode()).isNotZero();
        assertThat(twice.text()).contains("Duplicate value");

        Answer without = kubectl(
                "",
                "patch",
                "schg",
                "conditions",
                "--subresource=status",
                "--type=merge",
                "-p",
                "{\"status\":{\"conditions\":[{\"type\":\"Ready\"}]}}");
        assertThat(without.text()).contains("status.conditions[0].status");
    }

    @Test
    void theColumnsAreInTheOrderOfTheDesign() {
        created("columns", CHECK);
        status("columns", """
                {"status": {"target": "public.orders", "change": "add check", "step": "WaitingForLock", "tries": 7,
                 "progress": "7 tries", "waited": "2s", "delayed": "3ms", "conditions": [{"type": "Ready",
                 "status": "False", "reason": "WaitingForLock", "message": "Waiting.",
                 "lastTransitionTime": "2026-11-21T10:00:00Z"}]}}
                """);

        List<String> narrow = rows("get", "schemachanges", "columns");
        assertThat(columns(narrow.getFirst()))
                .containsExactly("NAME", "TARGET", "CHANGE", "READY", "STEP", "TRIES", "AGE");
        assertThat(columns(narrow.getLast()))
                .startsWith("columns", "public.orders", "add check", "False", "WaitingForLock", "7");
        List<String> wide = rows("get", "schg", "columns", "-o", "wide");
        assertThat(columns(wide.getFirst()))
                .containsExactly(
                        "NAME",
                        "TARGET",
                        "CHANGE",
                        "READY",
                        "STEP",
                        "TRIES",
                        "AGE",
                        "REASON",
                        "PROGRESS",
                        "WAITED",
                        "DELAYED",
                        "MESSAGE");
        assertThat(columns(wide.getLast())).endsWith("WaitingForLock", "7 tries", "2s", "3ms", "Waiting.");
        assertThat(kubectl("", "get", "phaselock").text()).contains("columns");
    }

    @Test
    void aCertificateAuthorityComesFromOnePlace() {
        String manifest = (SPEC + CHECK).replace("secretRef: {name: shop-db-app}", """
                secretRef: {name: shop-db-app}
                    tls: {caConfigMapRef: {name: bundle}, clientCertificateSecretRef: {name: client}%s}""");
        Answer both = kubectl(manifest.formatted("two-cas", ", caSecretRef: {name: ca}", ""), "apply", "-f", "-");
        assertThat(both.exitCode()).isNotZero();
        assertThat(both.text()).contains("spec.database.tls", "caSecretRef", "caConfigMapRef", "not from both");
        Answer one = kubectl(manifest.formatted("one-ca", "", ""), "apply", "-f", "-");
        assertThat(one.exitCode()).as(one.text()).isZero();
        assertThat(field("one-ca", ".spec.database.tls.caConfigMapRef.key")).isEqualTo("ca.crt");
    }

    @Test
    void explainTellsAboutFields() {
        assertThat(kubectl("", "explain", "schemachange.spec.locks.budget").text())
                .contains("The most that all tries of this change together may make writers wait");
    }

    private static List<String> rows(String... arguments) {
        return kubectl("", arguments).text().lines().toList();
    }

    private static List<String> columns(String row) {
        return Pattern.compile("\\s{2,}").splitAsStream(row.strip()).toList();
    }

    private static void status(String name, String patch) {
        Answer answer = kubectl("", "patch", "schg", name, "--subresource=status", "--type=merge", "-p", patch);
        assertThat(answer.exitCode()).as(answer.text()).isZero();
    }
}
