package dev.phaselock.lint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.phaselock.sql.LockMode;
import dev.phaselock.sql.SqlStatement;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** What each part of an ALTER TABLE costs. */
final class TableRules {
    /** They take SHARE UPDATE EXCLUSIVE: reads and writes go on. */
    private static final Set<String> BESIDE_WRITES = Set.of(
            "AT_SetStatistics",
            "AT_SetOptions",
            "AT_ResetOptions",
            "AT_ClusterOn",
            "AT_DropCluster",
            "AT_SetRelOptions",
            "AT_ResetRelOptions",
            "AT_ReplaceRelOptions",
            "AT_DetachPartitionFinalize");

    private static final Set<String> TRIGGERS = Set.of(
            "AT_EnableTrig",
            "AT_EnableAlwaysTrig",
            "AT_EnableReplicaTrig",
            "AT_DisableTrig",
            "AT_EnableTrigAll",
            "AT_DisableTrigAll",
            "AT_EnableTrigUser",
            "AT_DisableTrigUser");

    /** How advice ends that is an operation of Phaselock's. */
    static final String PHASELOCK = " of a SchemaChange.";

    private final JsonNode tree;
    private final Script script;
    private final Report report;
    private final String table;

    TableRules(SqlStatement statement, Script script, Report report) {
        this.tree = statement.tree();
        this.script = script;
        this.report = report;
        this.table = Script.name(tree.path("relation"));
    }

    void judge() {
        if (!tree.path("objtype").asText().equals("OBJECT_TABLE") || script.isNew(tree.path("relation"))) {
            return;
        }
        for (JsonNode node : tree.path("cmds")) {
            JsonNode command = node.path("AlterTableCmd");
            String subtype = command.path("subtype").asText();
            switch (subtype) {
                case "AT_AddConstraint" -> addConstraint(command.path("def").path("Constraint"));
                case "AT_ValidateConstraint" -> validate(command.path("name").asText());
                case "AT_SetNotNull" -> setNotNull(command.path("name").asText());
                case "AT_AddColumn" -> addColumn(command.path("def").path("ColumnDef"));
                case "AT_AlterColumnType" -> changeType();
                case "AT_AttachPartition" -> attach(command);
                case "AT_DetachPartition" -> detach(command);
                case "AT_SetLogged", "AT_SetUnLogged", "AT_SetTableSpace", "AT_SetAccessMethod", "AT_SetExpression" ->
                    report.slow(
                            Rule.TABLE_REWRITE,
                            LockMode.ACCESS_EXCLUSIVE,
                            table,
                            "Every read and write of %s waits until the table is written anew.".formatted(table),
                            "Make a new table, and let a trigger and batches fill it.");
                case "AT_DropColumn" -> {
                    brief("Dropping a column", phaselock("dropColumn"));
                    report.add(
                            Rule.BREAKS_CLIENTS,
                            Level.WARNING,
                            null,
                            "Clients that still name the column fail.",
                            "First let no client use it any more; then drop it, in a migration of its own.");
                }
                case "AT_DropConstraint" ->
                    brief(
                            "Dropping a constraint",
                            phaselock("dropConstraint")
                                    + " Where another takes its place, replaces of that leaves no gap between them.");
                case "AT_EnableRowSecurity", "AT_DisableRowSecurity" ->
                    brief("Row level security", phaselock("setRowSecurity"));
                case "AT_ReplicaIdentity" -> brief("A replica identity", phaselock("setReplicaIdentity"));
                case "AT_AlterConstraint" -> brief("Altering a constraint", phaselock("alterConstraint"));
                case "AT_DropNotNull" -> brief("Dropping NOT NULL", phaselock("dropNotNull"));
                case "AT_ColumnDefault" ->
                    brief("A default", phaselock(command.has("def") ? "setDefault" : "dropDefault"));
                case "AT_AddIdentity" -> brief("An identity", phaselock("addIdentity"));
                case "AT_SetStorage" -> brief("Another storage", phaselock("setStorage"));
                default -> {
                    if (TRIGGERS.contains(subtype)) {
                        report.brief(LockMode.SHARE_ROW_EXCLUSIVE, table, "Turning triggers on or off", "");
                    } else if (!BESIDE_WRITES.contains(subtype)) {
                        brief("This ALTER TABLE", "");
                    }
                }
            }
        }
    }

    private void addConstraint(JsonNode constraint) {
        boolean later = constraint.path("skip_validation").booleanValue();
        boolean enforced = constraint.path("is_enforced").booleanValue();
        switch (constraint.path("contype").asText()) {
            case "CONSTR_FOREIGN" -> foreignKey(constraint, later || !enforced);
            case "CONSTR_CHECK" -> {
                rememberNotNull(constraint, enforced && !later);
                if (later || !enforced) {
                    brief("A check that is NOT VALID", phaselock("addCheck"));
                } else {
                    slow(
                            Rule.CHECK_SCAN,
                            "until every row has been checked",
                            phaselock("addCheck", "add it NOT VALID and VALIDATE it in a transaction of its own"));
                }
            }
            case "CONSTR_NOTNULL" -> {
                if (later) {
                    brief("NOT NULL that is NOT VALID", phaselock("setNotNull"));
                } else {
                    notNullScan();
                }
            }
            case "CONSTR_UNIQUE", "CONSTR_PRIMARY" -> {
                if (constraint.has("indexname")) {
                    brief("A constraint of an index that is there", "");
                    if (constraint.path("contype").asText().equals("CONSTR_PRIMARY")) {
                        report.add(
                                Rule.NOT_NULL_SCAN,
                                Level.NOTICE,
                                LockMode.ACCESS_EXCLUSIVE,
                                "Where a column of the key is not yet NOT NULL, every read and write waits for a scan.",
                                phaselock("setNotNull", "make its columns NOT NULL before"));
                    }
                } else {
                    slow(
                            Rule.UNIQUE_BUILD,
                            "until its index is built",
                            phaselock(
                                    constraint.path("contype").asText().equals("CONSTR_UNIQUE")
                                            ? "addUnique"
                                            : "addPrimaryKey",
                                    "CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT … USING INDEX"));
                }
            }
            case "CONSTR_EXCLUSION" ->
                slow(
                        Rule.EXCLUSION_BUILD,
                        "until its index is built",
                        "PostgreSQL has no way beside writes: come when nobody writes; while the table is empty, addExclusion of a SchemaChange does it.");
            default -> brief("This constraint", "");
        }
    }

    private void foreignKey(JsonNode constraint, boolean later) {
        JsonNode referenced = constraint.path("pktable");
        String both = table.equals(Script.name(referenced)) || script.isNew(referenced)
                ? table
                : table + " and " + Script.name(referenced);
        if (later) {
            report.brief(
                    LockMode.SHARE_ROW_EXCLUSIVE, both, "A foreign key that is NOT VALID", phaselock("addForeignKey"));
        } else {
            report.slow(
                    Rule.FOREIGN_KEY_SCAN,
                    LockMode.SHARE_ROW_EXCLUSIVE,
                    both,
                    "Every write to %s waits until every row of %s has been checked.".formatted(both, table),
                    phaselock("addForeignKey", "add it NOT VALID and VALIDATE it in a transaction of its own"));
        }
    }

    private void validate(String name) {
        script.validate(table, name);
        // By itself it takes SHARE UPDATE EXCLUSIVE, and writes go on.
        script.held()
                .ifPresent(held -> report.add(
                        Rule.LOCK_HELD,
                        Level.ERROR,
                        held.lock(),
                        "The rows are checked while the transaction holds %s on %s (line %d)."
                                .formatted(held.lock().sql(), held.table(), held.line()),
                        "Commit before VALIDATE."));
        if (script.hasStatementTimeout()) {
            report.add(
                    Rule.TIMEOUT_FOR_LONG_WORK,
                    Level.WARNING,
                    LockMode.SHARE_UPDATE_EXCLUSIVE,
                    "statement_timeout ends it where the table is large; nobody waits for it.",
                    "SET statement_timeout = 0 before it.");
        }
    }

    private void setNotNull(String column) {
        if (script.isKnownNotNull(table, column)) {
            brief("SET NOT NULL after a valid check", phaselock("setNotNull"));
        } else {
            notNullScan();
        }
    }

    private void notNullScan() {
        slow(
                Rule.NOT_NULL_SCAN,
                "until every row has been looked at",
                phaselock(
                        "setNotNull",
                        "add CHECK (column IS NOT NULL) NOT VALID, VALIDATE it in a transaction of its own, then SET NOT"
                                + " NULL"));
    }

    private void addColumn(JsonNode column) {
        if (rewrites(column)) {
            slow(
                    Rule.COLUMN_REWRITE,
                    "until every row has been written anew with the column's value",
                    has(column, "CONSTR_DEFAULT")
                            ? phaselock(
                                    "addColumn",
                                    "add it without, set the default in a statement of its own, and fill the rows in batches")
                            : "Add it without (addColumn of a SchemaChange does that beside writes), set the default, and fill the rows in batches.");
            return;
        }
        boolean scanned = false;
        for (JsonNode node : column.path("constraints")) {
            JsonNode constraint = node.path("Constraint");
            switch (constraint.path("contype").asText()) {
                case "CONSTR_UNIQUE", "CONSTR_PRIMARY" -> {
                    slow(
                            Rule.UNIQUE_BUILD,
                            "until its index is built",
                            phaselock(
                                    "addUnique",
                                    "add the column; CREATE UNIQUE INDEX CONCURRENTLY; ADD CONSTRAINT … USING INDEX"));
                    scanned = true;
                }
                case "CONSTR_CHECK" -> {
                    slow(
                            Rule.CHECK_SCAN,
                            "until every row has been checked",
                            phaselock(
                                    "addColumn",
                                    "add the column without it, then the check NOT VALID, and VALIDATE it"));
                    scanned = true;
                }
                case "CONSTR_FOREIGN" -> {
                    if (has(column, "CONSTR_DEFAULT")) {
                        slow(
                                Rule.FOREIGN_KEY_SCAN,
                                "until every row has been checked",
                                phaselock(
                                        "addColumn",
                                        "add the column without it, then the key NOT VALID, and VALIDATE it"));
                        scanned = true;
                    }
                }
                default -> {}
            }
        }
        if (!scanned) {
            brief("Adding a column", phaselock("addColumn"));
        }
    }

    /** Whether each row gets a value of its own. Which functions are volatile is known of PostgreSQL's own ones only. */
    private static boolean rewrites(JsonNode column) {
        String type = StreamSupport.stream(column.path("typeName").path("names").spliterator(), false)
                .map(name -> name.path("String").path("sval").asText())
                .reduce((_, last) -> last)
                .orElse("");
        return Set.of("serial", "bigserial", "smallserial", "serial2", "serial4", "serial8")
                        .contains(type)
                || constraints(column).anyMatch(constraint -> switch (constraint
                        .path("contype")
                        .asText()) {
                    case "CONSTR_IDENTITY" -> true;
                    case "CONSTR_GENERATED" ->
                        !constraint.path("generated_kind").asText().equals("v");
                    case "CONSTR_DEFAULT" -> VolatileFunctions.anyIn(constraint.path("raw_expr"));
                    default -> false;
                });
    }

    private static boolean has(JsonNode column, String constraint) {
        return constraints(column)
                .anyMatch(each -> each.path("contype").asText().equals(constraint));
    }

    private static Stream<JsonNode> constraints(JsonNode column) {
        return StreamSupport.stream(column.path("constraints").spliterator(), false)
                .map(node -> node.path("Constraint"));
    }

    private void changeType() {
        slow(
                Rule.TYPE_CHANGE,
                "until every row has been written anew, unless the old values are good as they are (varchar to text, a"
                        + " longer varchar)",
                "alterType of a SchemaChange does it where nothing is written anew, and refuses it elsewhere; by hand: add a column of the new type, let a trigger and batches fill it, and rename both.");
    }

    private void attach(JsonNode command) {
        JsonNode partition = command.path("def").path("PartitionCmd").path("name");
        if (script.isNew(partition)) {
            return;
        }
        report.slow(
                Rule.PARTITION_SCAN,
                LockMode.ACCESS_EXCLUSIVE,
                Script.name(partition),
                "Every read and write of %s waits until it has been scanned, unless a valid check says what it holds; so"
                                .formatted(Script.name(partition))
                        + " does a default partition.",
                phaselock(
                        "attachPartition", "first add a check of the partition's bounds, NOT VALID, and VALIDATE it"));
    }

    private void detach(JsonNode command) {
        boolean concurrent =
                command.path("def").path("PartitionCmd").path("concurrent").booleanValue();
        if (!concurrent) {
            brief(
                    "DETACH PARTITION",
                    phaselock("detachPartition", "DETACH PARTITION … CONCURRENTLY, from PostgreSQL 14 on"));
        } else if (script.inTransaction()) {
            report.add(
                    Rule.CONCURRENTLY_IN_TRANSACTION,
                    Level.ERROR,
                    null,
                    "PostgreSQL refuses it inside a transaction.",
                    "Take it out of BEGIN … COMMIT.");
        }
    }

    /** {@code CHECK (column IS NOT NULL)}: once it is valid, SET NOT NULL needs no scan. */
    private void rememberNotNull(JsonNode constraint, boolean valid) {
        JsonNode test = constraint.path("raw_expr").path("NullTest");
        JsonNode fields = test.path("arg").path("ColumnRef").path("fields");
        if (test.path("nulltesttype").asText().equals("IS_NOT_NULL") && fields.size() == 1) {
            script.addNotNullCheck(
                    table,
                    constraint.path("conname").asText(),
                    fields.path(0).path("String").path("sval").asText(),
                    valid);
        }
    }

    private void brief(String what, String instead) {
        report.brief(LockMode.ACCESS_EXCLUSIVE, table, what, instead);
    }

    private void slow(Rule rule, String until, String instead) {
        report.slow(
                rule,
                LockMode.ACCESS_EXCLUSIVE,
                table,
                "Every read and write of %s waits %s.".formatted(table, until),
                instead);
    }

    static String phaselock(String operation) {
        return operation + PHASELOCK;
    }

    static String phaselock(String operation, String byHand) {
        return operation + " of a SchemaChange does it beside writes; by hand: " + byHand + ".";
    }
}
