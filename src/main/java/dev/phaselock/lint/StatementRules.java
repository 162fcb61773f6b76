package dev.phaselock.lint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.phaselock.sql.LockMode;
import dev.phaselock.sql.SqlStatement;
import java.util.Set;
import java.util.stream.StreamSupport;

/** What each kind of statement costs. The locks are those that PostgreSQL 13 to 18 were seen to take. */
final class StatementRules {
    /** Nobody waits for these, but those who do the same at the same time. */
    private static final Set<String> HARMLESS = Set.of(
            "SelectStmt",
            "InsertStmt",
            "CommentStmt",
            "CreateFunctionStmt",
            "AlterFunctionStmt",
            "CreateSchemaStmt",
            "CreateSeqStmt",
            "CreateEnumStmt",
            "CreateDomainStmt",
            "CompositeTypeStmt",
            "CreateRangeStmt",
            "CreateExtensionStmt",
            "CreateRoleStmt",
            "AlterRoleStmt",
            "GrantStmt",
            "GrantRoleStmt",
            "AlterDefaultPrivilegesStmt",
            "AlterOwnerStmt",
            "ViewStmt",
            "CreateStatsStmt",
            "AlterEnumStmt",
            "ConstraintsSetStmt",
            "VariableShowStmt",
            "ExplainStmt",
            "NotifyStmt",
            "CreatePublicationStmt",
            "DefineStmt");

    private final SqlStatement statement;
    private final JsonNode tree;
    private final Script script;
    private final Report report;

    StatementRules(SqlStatement statement, Script script, Report report) {
        this.statement = statement;
        this.tree = statement.tree();
        this.script = script;
        this.report = report;
    }

    void judge() {
        switch (statement.kind()) {
            case "TransactionStmt" -> transaction();
            case "VariableSetStmt" -> variable();
            case "CreateStmt" -> createTable();
            case "CreateTableAsStmt" -> script.create(tree.path("into").path("rel"));
            case "AlterTableStmt" -> new TableRules(statement, script, report).judge();
            case "IndexStmt" -> new IndexRules(statement, script, report).create();
            case "DropStmt" -> drop();
            case "ReindexStmt" -> new IndexRules(statement, script, report).rebuild();
            case "VacuumStmt" -> vacuum();
            case "ClusterStmt", "RepackStmt" ->
                rewrites("It writes the table anew in another order", tree.path("relation"));
            case "RefreshMatViewStmt" -> refresh();
            case "RenameStmt" -> rename();
            case "CreateTrigStmt" -> trigger();
            case "TruncateStmt" -> truncate();
            case "LockStmt" -> lock();
            case "UpdateStmt", "DeleteStmt" -> manyRows();
            case "AlterDomainStmt" -> domain();
            case "CreatePolicyStmt", "AlterPolicyStmt" -> policy();
            case "AlterSeqStmt" -> sequence();
            default -> other();
        }
    }

    private void transaction() {
        switch (tree.path("kind").asText()) {
            case "TRANS_STMT_BEGIN", "TRANS_STMT_START" -> script.begin();
            case "TRANS_STMT_COMMIT", "TRANS_STMT_ROLLBACK", "TRANS_STMT_PREPARE" -> script.end();
            default -> {}
        }
    }

    private void variable() {
        JsonNode value = tree.path("args").path(0).path("A_Const");
        boolean zero = value.path("ival").has("ival")
                ? value.path("ival").path("ival").intValue() == 0
                : value.has("ival")
                        || value.path("sval").path("sval").asText("0").strip().matches("0[a-z]*");
        script.set(tree.path("name").asText(), tree.path("kind").asText().equals("VAR_SET_VALUE") && !zero);
    }

    private void createTable() {
        JsonNode relation = tree.path("relation");
        for (JsonNode element : tree.path("tableElts")) {
            JsonNode constraint = element.path("Constraint");
            references(constraint);
            element.path("ColumnDef").path("constraints").forEach(inline -> references(inline.path("Constraint")));
        }
        if (tree.has("partbound")) {
            for (JsonNode parent : tree.path("inhRelations")) {
                if (!script.isNew(parent.path("RangeVar"))) {
                    report.brief(
                            LockMode.ACCESS_EXCLUSIVE,
                            Script.name(parent.path("RangeVar")),
                            "A partition that is created of a table",
                            "Create the table by itself, and attach it with a check that says what it holds.");
                }
            }
        }
        // One that may be there already may have rows.
        if (!tree.path("if_not_exists").booleanValue()) {
            script.create(relation);
        }
    }

    private void references(JsonNode constraint) {
        if (constraint.path("contype").asText().equals("CONSTR_FOREIGN") && !script.isNew(constraint.path("pktable"))) {
            report.brief(
                    LockMode.SHARE_ROW_EXCLUSIVE,
                    Script.name(constraint.path("pktable")),
                    "A foreign key of a new table",
                    "Create the table without it, then let addForeignKey add it.");
        }
    }

    private void drop() {
        String type = tree.path("removeType").asText();
        switch (type) {
            case "OBJECT_INDEX" -> new IndexRules(statement, script, report).drop();
            case "OBJECT_TABLE" -> {
                if (!allNew(tree.path("objects"))) {
                    report.brief(
                            LockMode.ACCESS_EXCLUSIVE,
                            "the table and on those that its foreign keys reference",
                            "Dropping a table",
                            TableRules.phaselock("dropTable", "drop its foreign keys one by one before"));
                    breaksClients("Clients that still read or write it fail.");
                }
            }
            case "OBJECT_TRIGGER" ->
                report.brief(
                        LockMode.ACCESS_EXCLUSIVE,
                        "the table",
                        "Dropping a trigger",
                        TableRules.phaselock("dropTrigger"));
            case "OBJECT_RULE", "OBJECT_POLICY" ->
                report.brief(LockMode.ACCESS_EXCLUSIVE, "the table", "Dropping it", "");
            case "OBJECT_VIEW", "OBJECT_MATVIEW" -> breaksClients("Clients that still read it fail.");
            default -> {}
        }
    }

    private boolean allNew(JsonNode names) {
        return StreamSupport.stream(names.spliterator(), false).allMatch(name -> {
            String qualified = StreamSupport.stream(
                            name.path("List").path("items").spliterator(), false)
                    .map(part -> part.path("String").path("sval").asText())
                    .reduce((schema, table) -> schema + "." + table)
                    .orElse("");
            return script.isNew(qualified);
        });
    }

    private void vacuum() {
        if (isGiven("full", tree.path("options"))) {
            rewrites(
                    "VACUUM FULL writes the table anew",
                    tree.path("rels").path(0).path("VacuumRelation").path("relation"));
        }
    }

    /** Whether an option is among those that stand in parentheses, or before the table. */
    static boolean isGiven(String name, JsonNode options) {
        return StreamSupport.stream(options.spliterator(), false)
                .anyMatch(option ->
                        option.path("DefElem").path("defname").asText().equals(name));
    }

    private void rewrites(String what, JsonNode relation) {
        report.slow(
                Rule.TABLE_REWRITE,
                LockMode.ACCESS_EXCLUSIVE,
                Script.name(relation),
                what + "; every read and write waits until then.",
                "pg_repack or pg_squeeze do it beside reads and writes.");
    }

    private void refresh() {
        if (!tree.path("concurrent").booleanValue()) {
            report.slow(
                    Rule.TABLE_REWRITE,
                    LockMode.ACCESS_EXCLUSIVE,
                    Script.name(tree.path("relation")),
                    "Every read of %s waits until it is computed anew.".formatted(Script.name(tree.path("relation"))),
                    "REFRESH MATERIALIZED VIEW CONCURRENTLY, which needs a unique index on it.");
        }
    }

    private void rename() {
        JsonNode relation = tree.path("relation");
        if (relation.isMissingNode() || script.isNew(relation)) {
            return;
        }
        String type = tree.path("renameType").asText();
        boolean constraint = type.equals("OBJECT_TABCONSTRAINT");
        if (type.equals("OBJECT_INDEX")) {
            // It takes SHARE UPDATE EXCLUSIVE, on the index.
            return;
        }
        report.brief(
                LockMode.ACCESS_EXCLUSIVE,
                Script.name(relation),
                "Renaming",
                constraint ? "renameConstraint of a SchemaChange." : "");
        if (!constraint) {
            breaksClients("Clients that use the old name fail from then on, those with the new one before.");
        }
    }

    private void trigger() {
        if (!script.isNew(tree.path("relation"))) {
            report.brief(
                    LockMode.SHARE_ROW_EXCLUSIVE,
                    Script.name(tree.path("relation")),
                    "Creating a trigger",
                    TableRules.phaselock("createTrigger"));
        }
    }

    private void policy() {
        if (!script.isNew(tree.path("table"))) {
            report.brief(
                    LockMode.ACCESS_EXCLUSIVE,
                    Script.name(tree.path("table")),
                    "A policy",
                    TableRules.phaselock("runStatement"));
        }
    }

    private void sequence() {
        if (!script.isNew(tree.path("sequence"))) {
            report.brief(
                    LockMode.SHARE_ROW_EXCLUSIVE,
                    Script.name(tree.path("sequence")),
                    "Altering a sequence, for which nextval waits,",
                    TableRules.phaselock("runStatement"));
        }
    }

    private void truncate() {
        for (JsonNode relation : tree.path("relations")) {
            if (!script.isNew(relation.path("RangeVar"))) {
                report.brief(LockMode.ACCESS_EXCLUSIVE, Script.name(relation.path("RangeVar")), "TRUNCATE", "");
            }
        }
    }

    private void lock() {
        int mode = tree.path("mode").intValue();
        for (LockMode each : LockMode.values()) {
            if (each.strength() == mode && mode >= LockMode.SHARE.strength()) {
                report.brief(each, Script.name(tree.path("relations").path(0).path("RangeVar")), "LOCK TABLE", "");
            }
        }
    }

    private void manyRows() {
        boolean all = !tree.has("whereClause");
        if (script.isNew(tree.path("relation"))) {
            return;
        }
        script.held()
                .ifPresent(held -> report.add(
                        Rule.LOCK_HELD,
                        Level.ERROR,
                        held.lock(),
                        "Rows are changed while the transaction holds %s on %s (line %d)."
                                .formatted(held.lock().sql(), held.table(), held.line()),
                        "Commit before."));
        report.add(
                Rule.DATA_CHANGE,
                all ? Level.WARNING : Level.NOTICE,
                LockMode.ROW_EXCLUSIVE,
                all
                        ? "It changes every row and keeps each locked until it commits."
                        : "It keeps every row that it changes locked until it commits.",
                "Change rows in batches, each in a transaction of its own.");
    }

    private void domain() {
        String kind = tree.path("subtype").asText();
        boolean adds = kind.equals("C") || kind.equals("AD_AddConstraint");
        boolean validates = kind.equals("V") || kind.equals("AD_ValidateConstraint");
        boolean notNull = kind.equals("O") || kind.equals("AD_SetNotNull");
        boolean later =
                tree.path("def").path("Constraint").path("skip_validation").booleanValue();
        if ((adds && !later) || validates || notNull) {
            report.slow(
                    Rule.DOMAIN_SCAN,
                    LockMode.SHARE,
                    "every table that uses the domain",
                    "Every table that uses the domain is scanned, and writes to all of them wait until the end.",
                    "Add it NOT VALID, as addDomainConstraint of a SchemaChange does: it holds for new values; or a check on each table, which addCheck adds and validates beside writes.");
        }
    }

    private void other() {
        if (!HARMLESS.contains(statement.kind())) {
            report.add(
                    Rule.NOT_JUDGED,
                    Level.NOTICE,
                    null,
                    "This lint does not know what it costs (%s).".formatted(statement.kind()),
                    "Look which locks it takes, in a transaction that you roll back.");
        }
    }

    private void breaksClients(String why) {
        report.add(
                Rule.BREAKS_CLIENTS,
                Level.WARNING,
                null,
                why,
                "First let no client use it any more; then do it, in a migration of its own.");
    }
}
