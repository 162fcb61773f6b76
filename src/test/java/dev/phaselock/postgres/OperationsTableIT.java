package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.ChangeSpec;
import dev.phaselock.change.Changes;
import dev.phaselock.plan.Phase;
import dev.phaselock.plan.PhaseType;
import dev.phaselock.plan.RecordJson;
import dev.phaselock.sql.LockMode;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * docs/operations.md has what this test saw: it carries every operation out on each version, where {@link PlanTrial}
 * compares the locks that are taken with those of the plan, and writes down the phases and their locks.
 */
public class OperationsTableIT {
    private static final Path PAGE = Path.of("docs", "operations.md");
    private static final Path WANTED = Path.of("target", "operations.md");
    private static final String BEGIN = "<!-- From here on written by OperationsTableIT. -->\n";

    private static final List<String> SHOP = List.of(
            "CREATE TABLE customers (id int PRIMARY KEY)",
            "CREATE TABLE orders (id int NOT NULL, number int, customer_id int, total int, state text NOT NULL,"
                    + " code varchar(10),"
                    + " note text DEFAULT '-', CONSTRAINT orders_old CHECK (total < 1000000),"
                    + " CONSTRAINT orders_number_key UNIQUE (number))",
            "CREATE DOMAIN number AS int",
            "CREATE TABLE orders_archive (id number, during int4range)",
            "CREATE INDEX orders_note_idx ON orders (note)",
            "CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
            "CREATE TRIGGER orders_old BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION noted()",
            "CREATE TYPE state AS ENUM ('new', 'paid')",
            "ALTER TABLE orders ADD CONSTRAINT orders_left CHECK (id > 0) NOT VALID",
            "ALTER TABLE orders ADD CONSTRAINT orders_left_fk FOREIGN KEY (number) REFERENCES customers NOT VALID",
            "INSERT INTO customers VALUES (1)",
            "INSERT INTO orders VALUES (1, 1, 1, 1, 'new')");

    private static final List<String> PARTITIONED = List.of(
            "CREATE TABLE customers (id int PRIMARY KEY)",
            "CREATE TABLE orders (id int, customer_id int) PARTITION BY RANGE (id)",
            "CREATE TABLE orders_1 PARTITION OF orders FOR VALUES FROM (0) TO (100)",
            "CREATE TABLE orders_2 (id int, customer_id int)",
            "INSERT INTO customers VALUES (1)",
            "INSERT INTO orders VALUES (1, 1)",
            "INSERT INTO orders_2 VALUES (101, 1)");

    private static final List<String> WITH_DEFAULT = Stream.concat(
                    PARTITIONED.stream(), Stream.of("CREATE TABLE orders_default PARTITION OF orders DEFAULT"))
            .toList();

    /**
     * A row's operation.
     *
     * @param about what distinguishes it from others of the operation; empty for the ordinary one
     * @param change an entry of {@code spec.changes}, JSON
     */
    public record Case(String about, List<String> setup, String change) {
        public String operation() {
            return spec().operations().keySet().iterator().next();
        }

        public ChangeSpec spec() {
            return RecordJson.read(change, ChangeSpec.class);
        }

        @Override
        public String toString() {
            return operation() + (about.isEmpty() ? "" : ", " + about);
        }
    }

    /** Each operation of the catalogue, and where it is carried out in another way. */
    public static final List<Case> CASES = List.of(
            new Case("", SHOP, """
                    {"addForeignKey": {"table": "orders", "columns": ["customer_id"], "references": {"table": "customers"}}}\
                    """),
            new Case("in another's place", SHOP, """
                    {"addForeignKey": {"table": "orders", "name": "orders_left_fk", "columns": ["customer_id"], "references": {"table": "customers"}, "replaces": "orders_left_fk"}}\
                    """),
            new Case("partitioned table", PARTITIONED, """
                    {"addForeignKey": {"table": "orders", "columns": ["customer_id"], "references": {"table": "customers"}}}\
                    """),
            new Case("", SHOP, "{\"addCheck\": {\"table\": \"orders\", \"expression\": \"total >= 0\"}}"),
            new Case("in another's place", SHOP, """
                    {"addCheck": {"table": "orders", "name": "orders_old", "expression": "total >= 0", "replaces": "orders_old"}}\
                    """),
            new Case("", SHOP, "{\"setNotNull\": {\"table\": \"orders\", \"column\": \"customer_id\"}}"),
            new Case("", SHOP, "{\"dropNotNull\": {\"table\": \"orders\", \"column\": \"state\"}}"),
            new Case("check", SHOP, "{\"validateConstraint\": {\"table\": \"orders\", \"name\": \"orders_left\"}}"),
            new Case(
                    "foreign key",
                    SHOP,
                    "{\"validateConstraint\": {\"table\": \"orders\", \"name\": \"orders_left_fk\"}}"),
            new Case("check", SHOP, "{\"dropConstraint\": {\"table\": \"orders\", \"name\": \"orders_old\"}}"),
            new Case(
                    "foreign key", SHOP, "{\"dropConstraint\": {\"table\": \"orders\", \"name\": \"orders_left_fk\"}}"),
            new Case("", SHOP, """
                    {"renameConstraint": {"table": "orders", "name": "orders_old", "newName": "orders_new"}}\
                    """),
            new Case("", SHOP, """
                    {"setDefault": {"table": "orders", "column": "state", "expression": "'new'"}}\
                    """),
            new Case("", SHOP, "{\"dropDefault\": {\"table\": \"orders\", \"column\": \"note\"}}"),
            new Case("", SHOP, """
                    {"createIndex": {"table": "orders", "columns": [{"name": "customer_id"}]}}\
                    """),
            new Case("partitioned table", PARTITIONED, """
                    {"createIndex": {"table": "orders", "columns": [{"name": "customer_id"}]}}\
                    """),
            new Case("", SHOP, "{\"dropIndex\": {\"table\": \"orders\", \"name\": \"orders_note_idx\"}}"),
            new Case("", SHOP, "{\"addUnique\": {\"table\": \"orders\", \"columns\": [\"customer_id\"]}}"),
            new Case(
                    "partitioned table",
                    PARTITIONED,
                    "{\"addUnique\": {\"table\": \"orders\", \"columns\": [\"id\"]}}"),
            new Case("", SHOP, "{\"addPrimaryKey\": {\"table\": \"orders\", \"columns\": [\"id\"]}}"),
            new Case(
                    "partitioned table",
                    PARTITIONED,
                    "{\"addPrimaryKey\": {\"table\": \"orders\", \"columns\": [\"id\"]}}"),
            new Case("", PARTITIONED, """
                    {"attachPartition": {"table": "orders", "partition": "orders_2", "bound": "FOR VALUES FROM (100) TO (200)"}}\
                    """),
            new Case("beside a default partition", WITH_DEFAULT, """
                    {"attachPartition": {"table": "orders", "partition": "orders_2", "bound": "FOR VALUES FROM (100) TO (200)"}}\
                    """),
            new Case("", PARTITIONED, "{\"detachPartition\": {\"table\": \"orders\", \"partition\": \"orders_1\"}}"),
            new Case(
                    "beside a default partition",
                    WITH_DEFAULT,
                    "{\"detachPartition\": {\"table\": \"orders\", \"partition\": \"orders_1\"}}"),
            new Case("", SHOP, """
                    {"alterConstraint": {"table": "orders", "name": "orders_left_fk", "deferrable": true}}\
                    """),
            new Case("", SHOP, """
                    {"setStorageParameters": {"table": "orders", "parameters": [{"name": "fillfactor", "value": "90"}]}}\
                    """),
            new Case("of a table", SHOP, "{\"comment\": {\"table\": \"orders\", \"text\": \"What was sold\"}}"),
            new Case("of a column", SHOP, """
                    {"comment": {"table": "orders", "column": "total", "text": "In cents"}}\
                    """),
            new Case("", SHOP, "{\"addEnumValue\": {\"type\": \"state\", \"value\": \"sent\"}}"),
            new Case("", SHOP, "{\"setRowSecurity\": {\"table\": \"orders\", \"enabled\": true}}"),
            new Case("", SHOP, "{\"setReplicaIdentity\": {\"table\": \"orders\", \"identity\": \"Full\"}}"),
            new Case("", SHOP, "{\"addColumn\": {\"table\": \"orders\", \"name\": \"paid\", \"type\": \"date\"}}"),
            new Case("NOT NULL with a default", SHOP, """
                    {"addColumn": {"table": "orders", "name": "tax", "type": "int", "defaultExpression": "0", "notNull": true}}\
                    """),
            new Case("with a foreign key", SHOP, """
                    {"addColumn": {"table": "orders", "name": "payer", "type": "int", "references": {"table": "customers"}}}\
                    """),
            new Case("with a default and a foreign key", SHOP, """
                    {"addColumn": {"table": "orders", "name": "payer", "type": "int", "defaultExpression": "1", "references": {"table": "customers"}}}\
                    """),
            new Case("with a check", SHOP, """
                    {"addColumn": {"table": "orders", "name": "tax", "type": "int", "check": {"expression": "tax >= 0"}}}\
                    """),
            new Case("volatile default", SHOP, """
                    {"addColumn": {"table": "orders", "name": "token", "type": "uuid", "defaultExpression": "gen_random_uuid()", "notNull": true}}\
                    """),
            new Case("", SHOP, "{\"dropColumn\": {\"table\": \"orders\", \"column\": \"state\"}}"),
            new Case(
                    "",
                    SHOP,
                    "{\"alterType\": {\"table\": \"orders\", \"column\": \"code\", \"type\": \"varchar(20)\"}}"),
            new Case("", SHOP, """
                    {"setStatistics": {"table": "orders", "column": "total", "target": 500}}\
                    """),
            new Case("", SHOP, """
                    {"setStorage": {"table": "orders", "column": "note", "storage": "External"}}\
                    """),
            new Case("", SHOP, """
                    {"createTrigger": {"table": "orders", "name": "orders_noted", "timing": "After", "events": ["Insert"], "forEach": "Row", "function": "noted"}}\
                    """),
            new Case("", SHOP, "{\"dropTrigger\": {\"table\": \"orders\", \"name\": \"orders_old\"}}"),
            new Case("", SHOP, "{\"dropTable\": {\"table\": \"orders_archive\"}}"),
            new Case("with a foreign key", SHOP, "{\"dropTable\": {\"table\": \"orders\"}}"),
            new Case("", SHOP, "{\"createTable\": {\"table\": \"events\", \"elements\": \"id int PRIMARY KEY\"}}"),
            new Case("with a foreign key", SHOP, """
                    {"createTable": {"table": "events", "elements": "id int PRIMARY KEY, customer int REFERENCES customers"}}\
                    """),
            new Case("", SHOP, """
                    {"addDomainConstraint": {"domain": "number", "name": "positive", "expression": "VALUE > 0"}}\
                    """),
            new Case("", SHOP, """
                    {"addExclusion": {"table": "orders_archive", "name": "no_overlap", "definition": "USING gist (during WITH &&)"}}\
                    """),
            new Case("", SHOP, """
                    {"addIdentity": {"table": "orders", "column": "id", "generated": "Always", "startWith": 100}}\
                    """),
            new Case("of no table", SHOP, """
                    {"runStatement": {"sql": "CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'"}}\
                    """),
            new Case("CREATE POLICY", SHOP, """
                    {"runStatement": {"sql": "CREATE POLICY own ON orders USING (customer_id = 1)"}}\
                    """),
            new Case("CREATE STATISTICS", SHOP, """
                    {"runStatement": {"sql": "CREATE STATISTICS s ON number, total FROM orders"}}\
                    """),
            new Case("UPDATE of few rows", SHOP, """
                    {"runStatement": {"sql": "UPDATE customers SET id = 2 WHERE id = 3"}}\
                    """),
            new Case("", SHOP, "{\"reindex\": {\"table\": \"orders\"}}"));

    @Test
    void thePageHasThePhasesAndLocksOfEveryOperationOnEveryVersion() throws Exception {
        assertThat(CASES)
                .extracting(Case::operation)
                .containsAll(Arrays.stream(ChangeSpec.class.getRecordComponents())
                        .map(RecordComponent::getName)
                        .toList());
        StringBuilder text = new StringBuilder("""
                | operation | PostgreSQL | phases, and the locks that each takes | writers |
                |---|---|---|---|
                """);
        for (Case one : CASES) {
            Map<String, List<Integer>> versions = new LinkedHashMap<>();
            for (PgServer server : PgServers.all().toList()) {
                versions.computeIfAbsent(seen(server, one), _ -> new ArrayList<>())
                        .add(server.major());
            }
            String link = link(one);
            versions.forEach((seen, majors) -> text.append("| ")
                    .append(link)
                    .append(" | ")
                    .append(range(majors))
                    .append(" | ")
                    .append(seen)
                    .append(" |\n"));
        }

        String page = Files.readString(PAGE);
        String wanted = page.substring(0, page.indexOf(BEGIN) + BEGIN.length()) + text;
        Files.writeString(WANTED, wanted);
        assertThat(page).as("%s is what it should be", WANTED).isEqualTo(wanted);
    }

    private static String link(Case one) throws IOException {
        String page = one.operation().replaceAll("([A-Z])", "-$1").toLowerCase(java.util.Locale.ROOT) + ".md";
        assertThat(Path.of("docs", "operations", page)).exists();
        return "[" + one.operation() + "](operations/" + page + ")"
                + (one.about().isEmpty() ? "" : ", " + one.about());
    }

    /** The last two columns. */
    private static String seen(PgServer server, Case one) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(one.setup().toArray(String[]::new));
        List<Phase> phases;
        try (Connection connection = database.connect()) {
            phases = PlanTrial.plan(connection, Changes.from(List.of(one.spec())))
                    .phases();
        }
        PlanTrial.carryOut(database, List.of(one.spec()));
        long brief = phases.stream().filter(OperationsTableIT::blocksWriters).count();
        return phases.stream().map(OperationsTableIT::cell).collect(Collectors.joining(" · "))
                + " | "
                + (brief == 0
                        ? "do not notice"
                        : brief == 1 ? "may notice one brief try" : "may notice a brief try of each of " + brief)
                + (phases.stream().anyMatch(phase -> phase.type() == PhaseType.BACKFILL)
                        ? ", and batches of rows"
                        : "");
    }

    private static String cell(Phase phase) {
        Map<String, Set<String>> tables = new LinkedHashMap<>();
        for (String lock : phase.locks()) {
            String[] parts = lock.split(": ", 2);
            tables.computeIfAbsent(parts[1], _ -> new LinkedHashSet<>()).add(parts[0].replaceFirst("^public\\.", ""));
        }
        return "**" + phase.type().label() + "**"
                + (tables.isEmpty()
                        ? ""
                        : tables.entrySet().stream()
                                .map(entry -> entry.getKey() + " on " + String.join(", ", entry.getValue()))
                                .collect(Collectors.joining("; ", " ", "")));
    }

    private static boolean blocksWriters(Phase phase) {
        return Arrays.stream(LockMode.values())
                .filter(LockMode::blocksWriters)
                .anyMatch(mode -> phase.locks().stream().anyMatch(lock -> lock.endsWith(": " + mode.sql())));
    }

    private static String range(List<Integer> majors) {
        return majors.size() == 1 ? majors.getFirst().toString() : majors.getFirst() + " to " + majors.getLast();
    }
}
