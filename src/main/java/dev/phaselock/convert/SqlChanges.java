package dev.phaselock.convert;

import com.fasterxml.jackson.databind.JsonNode;
import dev.phaselock.api.AddDomainConstraintSpec;
import dev.phaselock.api.AddEnumValueSpec;
import dev.phaselock.api.AddForeignKeySpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.CommentSpec;
import dev.phaselock.api.CreateTableSpec;
import dev.phaselock.api.DropIndexSpec;
import dev.phaselock.api.DropTableSpec;
import dev.phaselock.api.DropTriggerSpec;
import dev.phaselock.api.OperationSpec;
import dev.phaselock.api.ReindexSpec;
import dev.phaselock.api.RenameConstraintSpec;
import dev.phaselock.api.RunStatementSpec;
import dev.phaselock.change.RefusedStatementException;
import dev.phaselock.change.StatementJudge;
import dev.phaselock.sql.Fragments;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.InvalidFragmentException;
import dev.phaselock.sql.PgParser;
import dev.phaselock.sql.QualifiedName;
import dev.phaselock.sql.SqlStatement;
import dev.phaselock.sql.SqlStatements;
import dev.phaselock.sql.SqlSyntaxException;
import dev.phaselock.sql.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Makes the changes of a SchemaChange from statements of SQL.
 *
 * <p>What says how a statement is to run is left out, for Phaselock decides that: BEGIN and COMMIT, lock_timeout and
 * statement_timeout, NOT VALID with the VALIDATE that follows it, CONCURRENTLY. What a statement is to do has to be
 * understood to the last attribute.
 */
public final class SqlChanges {
    private static final Set<String> TIMEOUTS =
            Set.of("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout");

    private final PgParser parser;
    private final CollectedChanges changes = new CollectedChanges();

    private SqlChanges(PgParser parser) {
        this.parser = parser;
    }

    /**
     * The changes, in the order of the statements.
     *
     * @throws SqlSyntaxException if PostgreSQL's grammar does not take it
     * @throws InconvertibleException if a statement is none of Phaselock's operations
     */
    public static List<ChangeSpec> of(PgParser parser, String sql) throws InconvertibleException {
        SqlChanges all = new SqlChanges(parser);
        for (SqlStatement statement : SqlStatements.of(parser, sql)) {
            all.read(statement);
        }
        return all.changes.all();
    }

    private void read(SqlStatement statement) throws InconvertibleException {
        Node tree = new Node(statement, statement.tree());
        switch (statement.kind()) {
            case "TransactionStmt" -> requireSimpleTransaction(tree);
            case "VariableSetStmt" -> requireTimeout(tree);
            // When foreign keys are checked in a transaction, of which there are several here.
            case "ConstraintsSetStmt" -> {}
            case "AlterTableStmt" -> alterTable(tree);
            case "RenameStmt" -> rename(tree);
            case "IndexStmt" -> changes.add(IndexChange.of(parser, tree));
            case "AlterEnumStmt" -> enumValue(tree);
            case "CommentStmt" -> comment(tree);
            case "AlterDomainStmt" -> changes.add(domain(tree));
            case "CreateStmt" -> changes.add(createTable(tree));
            case "CreateTrigStmt" -> changes.add(TriggerChange.of(parser, tree));
            case "DropStmt" -> drop(tree);
            case "ReindexStmt" -> reindex(tree);
            default -> run(statement);
        }
    }

    private void reindex(Node tree) throws InconvertibleException {
        for (JsonNode option : tree.json().path("params")) {
            String name = option.path("DefElem").path("defname").asText();
            if (!name.equals("concurrently") && !name.equals("verbose")) {
                throw tree.refuse("the option " + name + " of it is not understood");
            }
        }
        switch (tree.text("kind")) {
            case "REINDEX_OBJECT_TABLE" ->
                changes.add(new ReindexSpec(tree.child("relation").table(), null));
            case "REINDEX_OBJECT_INDEX" ->
                changes.add(new ReindexSpec(null, tree.child("relation").table()));
            default -> throw tree.refuse("name the tables, each by a REINDEX TABLE of its own");
        }
    }

    /** As it is, if it is of those that may. */
    private void run(SqlStatement statement) throws InconvertibleException {
        try {
            changes.add(new RunStatementSpec(StatementJudge.judge(statement).sql()));
        } catch (RefusedStatementException e) {
            throw new InconvertibleException(statement.position(), e.getMessage());
        }
    }

    private static void requireSimpleTransaction(Node tree) throws InconvertibleException {
        if (!Set.of("TRANS_STMT_BEGIN", "TRANS_STMT_START", "TRANS_STMT_COMMIT").contains(tree.text("kind"))) {
            throw tree.refuse("only BEGIN and COMMIT are understood");
        }
    }

    private static void requireTimeout(Node tree) throws InconvertibleException {
        if (!TIMEOUTS.contains(tree.text("name"))) {
            throw tree.refuse("a setting may change what the statements mean");
        }
    }

    private void rename(Node tree) throws InconvertibleException {
        if (tree.text("renameType").equals("OBJECT_INDEX")) {
            run(tree.statement());
            return;
        }
        tree.allow("renameType", "relationType", "relation", "subname", "newname", "behavior");
        if (!tree.text("renameType").equals("OBJECT_TABCONSTRAINT")) {
            throw tree.refuse("renaming breaks clients: first let none use the old name");
        }
        changes.add(
                new RenameConstraintSpec(tree.child("relation").table(), tree.name("subname"), tree.name("newname")));
    }

    private void enumValue(Node tree) throws InconvertibleException {
        if (tree.json().has("oldVal")) {
            run(tree.statement());
            return;
        }
        tree.allow("typeName", "newVal", "newValNeighbor", "newValIsAfter", "skipIfNewValExists");
        List<String> names = new ArrayList<>();
        tree.json()
                .path("typeName")
                .forEach(part -> names.add(part.path("String").path("sval").asText()));
        String neighbour = tree.json().has("newValNeighbor") ? tree.text("newValNeighbor") : null;
        changes.add(new AddEnumValueSpec(
                relation(tree, names),
                tree.text("newVal"),
                tree.is("newValIsAfter") ? null : neighbour,
                tree.is("newValIsAfter") ? neighbour : null));
    }

    private void comment(Node tree) throws InconvertibleException {
        tree.allow("objtype", "object", "comment");
        List<String> names = new ArrayList<>();
        tree.json()
                .path("object")
                .path("List")
                .path("items")
                .forEach(part -> names.add(part.path("String").path("sval").asText()));
        String text = tree.text("comment");
        switch (tree.text("objtype")) {
            case "OBJECT_TABLE" -> changes.add(new CommentSpec(relation(tree, names), null, null, null, text));
            case "OBJECT_COLUMN", "OBJECT_TABCONSTRAINT" -> {
                if (names.size() < 2) {
                    throw tree.refuse("its name is not understood");
                }
                String last = new Identifier(names.removeLast()).toString();
                String table = relation(tree, names);
                changes.add(
                        tree.text("objtype").equals("OBJECT_COLUMN")
                                ? new CommentSpec(table, last, null, null, text)
                                : new CommentSpec(table, null, last, null, text));
            }
            default -> run(tree.statement());
        }
    }

    private AddDomainConstraintSpec domain(Node tree) throws InconvertibleException {
        tree.allow("subtype", "typeName", "name", "def", "behavior", "missing_ok");
        Node check = tree.child("def").child("Constraint");
        if (!check.text("contype").equals("CONSTR_CHECK")) {
            throw tree.refuse(
                    "of a domain only ADD CONSTRAINT … CHECK … NOT VALID is an operation of a SchemaChange; VALIDATE would scan every table"
                            + " that uses it, while writes to them wait");
        }
        check.allow("contype", "conname", "is_enforced", "skip_validation", "initially_valid", "raw_expr");
        if (!check.is("skip_validation") || !check.json().has("conname")) {
            throw tree.refuse(
                    "write it with a name and NOT VALID, for the values that are there can be checked only while writes to every table"
                            + " that uses the domain wait");
        }
        List<String> names = new ArrayList<>();
        tree.json()
                .path("typeName")
                .forEach(part -> names.add(part.path("String").path("sval").asText()));
        return new AddDomainConstraintSpec(
                relation(tree, names),
                check.name("conname"),
                Expression.cut(
                        parser,
                        check,
                        Pieces.after(tree.statement().tokens(), "CHECK")
                                .flatMap(Pieces::inside)
                                .orElse(List.of()),
                        check.json().path("raw_expr")));
    }

    private CreateTableSpec createTable(Node tree) throws InconvertibleException {
        if (tree.json().has("partbound")) {
            throw tree.refuse(
                    "it locks the whole partitioned table: create the table by itself, and ATTACH PARTITION it");
        }
        tree.allow("relation", "tableElts", "oncommit", "if_not_exists", "partspec");
        Node relation = tree.child("relation");
        if (!relation.text("relpersistence").equals("p")
                || !tree.text("oncommit").equals("ONCOMMIT_NOOP")) {
            throw tree.refuse("only ordinary tables are understood");
        }
        List<Token> tokens = tree.statement().tokens();
        List<Token> elements = Pieces.firstList(tokens).orElseThrow(() -> tree.refuse("its columns cannot be found"));
        String text = tree.statement().cut(elements);
        String key = tree.json().has("partspec")
                ? tree.statement()
                        .cut(Pieces.after(tokens, "PARTITION")
                                .flatMap(behind -> Pieces.after(behind, "BY"))
                                .orElse(List.of()))
                : null;
        try {
            Fragments.requireTableElements(parser, text);
            if (key != null) {
                Fragments.requirePartitionBy(parser, key);
            }
        } catch (InvalidFragmentException e) {
            throw tree.refuse("its definition: " + e.getMessage());
        }
        return new CreateTableSpec(relation.table(), text, key);
    }

    private void drop(Node tree) throws InconvertibleException {
        tree.allow("objects", "removeType", "behavior", "missing_ok", "concurrent");
        if (!tree.text("behavior").equals("DROP_RESTRICT")) {
            throw tree.refuse("CASCADE drops more than is named");
        }
        String type = tree.text("removeType");
        if (!Set.of("OBJECT_TABLE", "OBJECT_TRIGGER", "OBJECT_INDEX").contains(type)) {
            run(tree.statement());
            return;
        }
        for (JsonNode object : tree.json().path("objects")) {
            List<String> names = new ArrayList<>();
            object.path("List")
                    .path("items")
                    .forEach(part -> names.add(part.path("String").path("sval").asText()));
            changes.add(
                    switch (type) {
                        case "OBJECT_TABLE" -> new DropTableSpec(relation(tree, names));
                        case "OBJECT_INDEX" -> new DropIndexSpec(null, relation(tree, names));
                        case "OBJECT_TRIGGER" -> {
                            String trigger = new Identifier(names.removeLast()).toString();
                            yield new DropTriggerSpec(relation(tree, names), trigger);
                        }
                        default -> throw tree.refuse("it is no operation of a SchemaChange");
                    });
        }
    }

    private static String relation(Node tree, List<String> names) throws InconvertibleException {
        return switch (names.size()) {
            case 1 -> new Identifier(names.getFirst()).toString();
            case 2 -> QualifiedName.of(names.getFirst(), names.getLast()).toString();
            default -> throw tree.refuse("its name has too many parts");
        };
    }

    private void alterTable(Node tree) throws InconvertibleException {
        boolean owner = tree.json()
                .path("cmds")
                .path(0)
                .path("AlterTableCmd")
                .path("subtype")
                .asText()
                .equals("AT_ChangeOwner");
        if (owner || tree.text("objtype").equals("OBJECT_TYPE")) {
            run(tree.statement());
            return;
        }
        tree.allow("relation", "cmds", "objtype");
        if (!tree.text("objtype").equals("OBJECT_TABLE")) {
            throw tree.refuse("only tables are understood");
        }
        String table = tree.child("relation").table();
        TableChange change = new TableChange(parser, tree, table);
        for (int i = 0; i < tree.json().path("cmds").size(); i++) {
            JsonNode command = tree.json().path("cmds").path(i).path("AlterTableCmd");
            Node node = new Node(tree.statement(), command);
            if (command.path("subtype").asText().equals("AT_ValidateConstraint")) {
                changes.validate(table, node.name("name"));
                continue;
            }
            List<OperationSpec> operations = change.of(i, node);
            JsonNode constraint = command.path("def").path("Constraint");
            if (constraint.path("skip_validation").booleanValue() && constraint.has("conname")) {
                changes.notValid(table, new Node(tree.statement(), constraint).name("conname"));
            }
            for (OperationSpec operation : operations) {
                try {
                    changes.add(operation);
                } catch (UnknownIndexException e) {
                    throw node.refuse(e.getMessage());
                }
            }
        }
    }

    /** Of a letter in the tree. */
    static AddForeignKeySpec.Action action(Node node, String field) throws InconvertibleException {
        return switch (node.text(field)) {
            case "", "a" -> null;
            case "r" -> AddForeignKeySpec.Action.RESTRICT;
            case "c" -> AddForeignKeySpec.Action.CASCADE;
            case "n" -> AddForeignKeySpec.Action.SET_NULL;
            case "d" -> AddForeignKeySpec.Action.SET_DEFAULT;
            default -> throw node.refuse("its action is not known");
        };
    }
}
